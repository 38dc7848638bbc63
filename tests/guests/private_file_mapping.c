// SPDX-License-Identifier: GPL-2.0-or-later
/// Maps a file of its own privately: sees the file's content, keeps what it writes to itself, and has zeros after the
/// end.
#include "guest.h"

#include <fcntl.h>
#include <sys/mman.h>

enum { PAGE = 4096, PAGES = 32, TAIL = 1000, SIZE = PAGE * PAGES + TAIL };

static int file;
static char* read_only;
static char* writable;
static unsigned written[PAGES];

static char* map(int protection) {
    return expect_memory("mmap of a file", mmap(NULL, SIZE, protection, MAP_PRIVATE, file, 0));
}

void set_up(void) {
    static char content[SIZE];
    fill_pattern(content, SIZE, 1);
    file = (int)expect_success("open", open("mapped", O_RDWR | O_CREAT | O_TRUNC, 0600));
    write_all(file, content, SIZE);
    read_only = map(PROT_READ);
    writable = map(PROT_READ | PROT_WRITE);
}

void step(unsigned number) {
    const unsigned page = (unsigned)(mixed(number) % PAGES);
    check_pattern("page of a mapped file", read_only + (size_t)page * PAGE, PAGE, 1 + (uint64_t)page * PAGE);
    if (written[page] != 0) {
        check_pattern("private copy of a page", writable + (size_t)page * PAGE, PAGE, written[page]);
    } else {
        check_pattern("page of a mapped file", writable + (size_t)page * PAGE, PAGE, 1 + (uint64_t)page * PAGE);
    }
    if (number % 4 == 0) {
        written[page] = number + 1;
        fill_pattern(writable + (size_t)page * PAGE, PAGE, number + 1);
    }
    char content[PAGE];
    expect("pread", PAGE, expect_success("pread", pread(file, content, PAGE, (off_t)page * PAGE)));
    check_pattern("the file itself", content, PAGE, 1 + (uint64_t)page * PAGE);

    check_pattern("the file's tail", read_only + PAGE * PAGES, TAIL, 1 + (uint64_t)PAGE * PAGES);
    for (unsigned position = TAIL; position < PAGE; position += 61) {
        expect("byte behind the file's end", 0, read_only[PAGE * PAGES + position]);
    }
    // A mapping that lives for one step only, and whose file descriptor is not the first.
    char* brief =
        expect_memory("mmap", mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, (off_t)page * PAGE));
    check_pattern("mapping of one page", brief, PAGE, 1 + (uint64_t)page * PAGE);
    brief[0] = 1;
    expect_success("munmap", munmap(brief, PAGE));
}

void finish(void) {
    expect_success("unlink", unlink("mapped"));
}
