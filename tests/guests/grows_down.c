// SPDX-License-Identifier: GPL-2.0-or-later
/// A mapping of MAP_GROWSDOWN grows when the page below it is touched.
#include "guest.h"

#include <sys/mman.h>

enum { PAGE = 4096, SIZE = 16 * PAGE, ROOM = 4 << 20, PAGES = 100 };

static char* area;
static unsigned grown;

static void make(void) {
    char* room = expect_memory("mmap", mmap(NULL, ROOM, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    expect_success("munmap", munmap(room, ROOM));
    area = room + ROOM - SIZE;
    expect_true("mmap at the address that was asked for",
                mmap(area, SIZE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE, -1, 0) == area);
    grown = 0;
}

void set_up(void) {
    make();
}

void step(unsigned number) {
    (void)number;
    for (unsigned i = 0; i < 5; ++i) {
        area[-(ptrdiff_t)grown * PAGE - 1] = (char)grown;
        ++grown;
    }
    compute();
    for (unsigned page = 0; page < grown; ++page) {
        expect("byte of the grown mapping", (char)page, area[-(ptrdiff_t)page * PAGE - 1]);
    }
    if (grown >= PAGES) {
        expect_success("munmap", munmap(area - (size_t)grown * PAGE, SIZE + (size_t)grown * PAGE));
        make();
    }
}
