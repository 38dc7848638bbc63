// SPDX-License-Identifier: GPL-2.0-or-later
/// Opens, writes, reads, seeks, renames, looks at, lists and removes files, in its current folder.
#include "guest.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

enum { RECORD = 512 };

static int journal;

void set_up(void) {
    journal = (int)expect_success("open", open("journal", O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0640));
    expect_success("mkdir", mkdir("folder", 0755));
}

/// A file that is open all the time, with a position that moves.
static void append_to_journal(unsigned number) {
    char record[RECORD];
    fill_pattern(record, RECORD, number);
    write_all(journal, record, RECORD);
    const unsigned earlier = (unsigned)(mixed(number) % (number + 1));
    const off_t position = (off_t)earlier * RECORD;
    expect("lseek", position, expect_success("lseek", lseek(journal, position, SEEK_SET)));
    read_all(journal, record, RECORD);
    check_pattern("earlier record", record, RECORD, earlier);
    expect("position", position + RECORD, lseek(journal, 0, SEEK_CUR));
    expect("size", (off_t)(number + 1) * RECORD, lseek(journal, 0, SEEK_END));
}

static unsigned count_entries(const char* folder) {
    DIR* listing = expect_memory("opendir", opendir(folder));
    unsigned count = 0;
    for (const struct dirent* entry = NULL; (entry = readdir(listing)) != NULL;) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    expect_success("closedir", closedir(listing));
    return count;
}

/// Files that live for one step.
static void make_and_remove(unsigned number) {
    char name[64], text[64], got[64] = {0}, target[64] = {0};
    snprintf(name, sizeof name, "folder/%u", number);
    snprintf(text, sizeof text, "content of %u\n", number);
    FILE* stream = expect_memory("fopen", fopen(name, "w+e"));
    expect_at_least("fputs", 0, fputs(text, stream));
    rewind(stream);
    expect_true("fgets", fgets(got, sizeof got, stream) != NULL);
    expect_text("content", text, got);
    expect("fclose", 0, fclose(stream));
    expect_success("chmod", chmod(name, 0600));
    struct stat status;
    expect_success("stat", stat(name, &status));
    expect("size of a file", (long long)strlen(text), status.st_size);
    expect("mode of a file", S_IFREG | 0600, status.st_mode);
    expect_success("rename", rename(name, "folder/renamed"));
    expect_error("stat of the old name", ENOENT, stat(name, &status));
    expect_success("symlink", symlink("renamed", "folder/symbolic"));
    expect("readlink", 7, expect_success("readlink", readlink("folder/symbolic", target, sizeof target)));
    expect_text("target of a symbolic link", "renamed", target);
    expect_success("link", link("folder/renamed", "folder/second"));
    expect_success("lstat", lstat("folder/second", &status));
    expect("links", 2, status.st_nlink);
    expect("files in the folder", 3, count_entries("folder"));
    expect_success("truncate", truncate("folder/second", 3));
    expect_success("stat", stat("folder/symbolic", &status));
    expect("size after truncate", 3, status.st_size);
    expect_success("unlink", unlink("folder/second"));
    expect_success("unlink", unlink("folder/symbolic"));
    expect_success("unlink", unlink("folder/renamed"));
    expect("files in the folder", 0, count_entries("folder"));
}

/// A file that has no name any more is reached by its descriptor alone; also by a second one.
static void use_descriptors(void) {
    const int file = (int)expect_success("open", open("nameless", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    expect_success("unlink", unlink("nameless"));
    const int second = (int)expect_success("dup", dup(file));
    write_all(file, "12345", 5);
    expect("position of the second descriptor", 5, lseek(second, 0, SEEK_CUR));
    expect("close-on-exec", FD_CLOEXEC, expect_success("fcntl", fcntl(file, F_GETFD)));
    expect("close-on-exec of the second", 0, expect_success("fcntl", fcntl(second, F_GETFD)));
    expect_success("close", close(file));
    expect_error("lseek after close", EBADF, lseek(file, 0, SEEK_CUR));
    struct stat status;
    expect_success("fstat", fstat(second, &status));
    expect("size", 5, status.st_size);
    expect_success("close", close(second));
}

void step(unsigned number) {
    append_to_journal(number);
    make_and_remove(number);
    use_descriptors();
}

void finish(void) {
    expect_success("rmdir", rmdir("folder"));
    expect_success("unlink", unlink("journal"));
}
