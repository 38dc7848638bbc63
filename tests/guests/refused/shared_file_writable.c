// SPDX-License-Identifier: GPL-2.0-or-later
/// Maps a file of its own shared and writable: another process may look at any time.
#include "guest.h"

#include <fcntl.h>
#include <sys/mman.h>

static int file;
static char* memory;

void set_up(void) {
    file = (int)expect_success("open", open("shared", O_RDWR | O_CREAT | O_TRUNC, 0600));
    expect_success("ftruncate", ftruncate(file, 4096));
    memory = expect_memory("mmap", mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
}

void step(unsigned number) {
    char got[64];
    fill_pattern(memory, sizeof got, number);
    compute();
    expect("pread", sizeof got, expect_success("pread", pread(file, got, sizeof got, 0)));
    check_pattern("the file", got, sizeof got, number);
}

void finish(void) {
    expect_success("unlink", unlink("shared"));
}
