// SPDX-License-Identifier: GPL-2.0-or-later
/// Sees what it writes into a file in its mappings of it: a shared one that is read-only, as databases have it, and the
/// untouched pages of a private one.
#include "guest.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

/// The last ways make the file shorter, by which the kernel drops also what was changed in a private mapping.
enum { PAGE = 4096, PAGES = 64, SIZE = PAGES * PAGE, WAYS = 14, CUTTING_WAYS = 4, OWN_PAGE = PAGES - 1 };

static const char* const name = "own_writes.data";
static const char* const other_name = "own_writes.other";
static int file;
static int other;
static int directory;
static int pipe_ends[2];
static char* shared;
static char* private;

/// By another system call each.
static int open_emptied(unsigned way) {
    if (way == WAYS - 1) {
        return (int)expect_success("open", open(name, O_RDWR | O_TRUNC));
    }
    if (way == WAYS - 2) {
        return (int)expect_success("openat", openat(directory, name, O_RDWR | O_TRUNC));
    }
    return (int)expect_success("creat", creat(name, 0600));
}

static void write_in_some_way(unsigned way, int value, off_t place) {
    struct iovec part = {.iov_base = &value, .iov_len = sizeof value};
    loff_t wide_place = place;
    switch (way) {
        case 0:
            expect("pwrite", sizeof value, pwrite(file, &value, sizeof value, place));
            break;
        case 1:
            expect("lseek", place, lseek(file, place, SEEK_SET));
            expect("write", sizeof value, write(file, &value, sizeof value));
            break;
        case 2:
            expect("lseek", place, lseek(file, place, SEEK_SET));
            expect("writev", sizeof value, writev(file, &part, 1));
            break;
        case 3:
            expect("pwritev", sizeof value, pwritev(file, &part, 1, place));
            break;
        case 4:
            expect("pwrite to another file", sizeof value, pwrite(other, &value, sizeof value, 0));
            expect("lseek", 0, lseek(other, 0, SEEK_SET));
            expect("lseek", place, lseek(file, place, SEEK_SET));
            expect("sendfile", sizeof value, sendfile(file, other, NULL, sizeof value));
            break;
        case 5: {
            loff_t from = 0;
            expect("pwrite to another file", sizeof value, pwrite(other, &value, sizeof value, 0));
            expect("copy_file_range", sizeof value, copy_file_range(other, &from, file, &wide_place, sizeof value, 0));
            break;
        }
        case 6:
            expect("write to a pipe", sizeof value, write(pipe_ends[1], &value, sizeof value));
            expect("splice", sizeof value, splice(pipe_ends[0], NULL, file, &wide_place, sizeof value, 0));
            break;
        case 7:
            expect("pwritev2", sizeof value, pwritev2(file, &part, 1, place, 0));
            break;
        case 8:
            expect_success("fallocate", fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, place, PAGE));
            expect("int in a mapping of a hole", 0, *(volatile int*)(shared + place));
            expect("pwrite", sizeof value, pwrite(file, &value, sizeof value, place));
            break;
        case 9: {
            const int again = (int)expect_success("openat", openat(directory, name, O_WRONLY));
            expect("pwrite", sizeof value, pwrite(again, &value, sizeof value, place));
            expect_success("close", close(again));
            break;
        }
        case 10:
            // A file that was cut and made longer again has zeros; then everything is as it was.
            expect_success("truncate", truncate(name, place));
            expect_success("ftruncate", ftruncate(file, SIZE));
            expect("int in a mapping of a file that was cut", 0, *(volatile int*)(shared + place));
            expect("pwrite", sizeof value, pwrite(file, &value, sizeof value, place));
            break;
        default: {
            const int again = open_emptied(way);
            expect_success("ftruncate", ftruncate(again, SIZE));
            expect("int in a mapping of a file that was emptied", 0, *(volatile int*)(shared + place));
            expect("pwrite", sizeof value, pwrite(again, &value, sizeof value, place));
            expect_success("close", close(again));
            break;
        }
    }
}

void set_up(void) {
    file = (int)expect_success("open", open(name, O_RDWR | O_CREAT | O_TRUNC, 0600));
    other = (int)expect_success("open", open(other_name, O_RDWR | O_CREAT | O_TRUNC, 0600));
    directory = (int)expect_success("open", open(".", O_RDONLY | O_DIRECTORY));
    expect_success("pipe", pipe(pipe_ends));
    expect_success("ftruncate", ftruncate(file, SIZE));
    shared = expect_memory("mmap", mmap(NULL, SIZE, PROT_READ, MAP_SHARED, file, 0));
    private = expect_memory("mmap", mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0));
}

void step(unsigned number) {
    const unsigned page = number % (PAGES - 1);
    const off_t place = (off_t)page * PAGE;
    const int value = (int)number + 1;
    // Read before, so that there is a copy.
    const int before = *(volatile int*)(shared + place);
    expect("the same in both mappings", before, *(volatile int*)(private + place));
    // What is its own stays so.
    *(volatile int*)(private + OWN_PAGE * PAGE) = value;
    write_in_some_way(number % WAYS, value, place);
    expect("own write in a shared mapping", value, *(volatile int*)(shared + place));
    expect("own write in a private mapping", value, *(volatile int*)(private + place));
    expect("own page of a private mapping", number % WAYS < WAYS - CUTTING_WAYS ? value : 0, *(volatile int*)(private + OWN_PAGE * PAGE));
    compute();
}

void finish(void) {
    expect_success("unlink", unlink(name));
    expect_success("unlink", unlink(other_name));
}
