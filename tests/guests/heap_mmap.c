// SPDX-License-Identifier: GPL-2.0-or-later
/// Maps, unmaps, grows, shrinks and moves memory, as an allocator does, and keeps what is in it.
#include "guest.h"

#include <sys/mman.h>

enum { AREAS = 24, PAGE = 4096 };

static struct {
    char* memory;
    size_t size;
    uint64_t seed;
    /// The kernel may keep the page in the middle as a mapping of its own, and mremap() takes only one mapping.
    bool is_patched;
} areas[AREAS];

static char* map(size_t size) {
    return expect_memory("mmap", mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static void resize(unsigned index, size_t size) {
    const size_t old = areas[index].size;
    areas[index].memory = expect_memory("mremap", mremap(areas[index].memory, old, size, MREMAP_MAYMOVE));
    areas[index].size = size;
    check_pattern("memory that was resized", areas[index].memory, old < size ? old : size, areas[index].seed);
    for (size_t position = old; position < size; position += PAGE / 2) {
        expect("byte of the new part", 0, areas[index].memory[position]);
    }
    fill_pattern(areas[index].memory, size, areas[index].seed);
}

/// To an address of our choice, over memory that is there already.
static void relocate(unsigned index) {
    char* target = map(areas[index].size);
    memset(target, 1, areas[index].size);
    void* moved =
        mremap(areas[index].memory, areas[index].size, areas[index].size, MREMAP_MAYMOVE | MREMAP_FIXED, target);
    expect("address of a fixed mremap", (intptr_t)target, (intptr_t)moved);
    areas[index].memory = target;
}

/// The page in the middle is replaced by a new one.
static void punch(unsigned index) {
    char* hole = areas[index].memory + areas[index].size / 2 / PAGE * PAGE;
    expect_success("munmap of a hole", munmap(hole, PAGE));
    void* patch = mmap(hole, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    expect("address of a mapping in the hole", (intptr_t)hole, (intptr_t)patch);
    expect("byte of the new page", 0, hole[PAGE - 1]);
    fill_pattern(areas[index].memory, areas[index].size, areas[index].seed);
    areas[index].is_patched = true;
}

void step(unsigned number) {
    const unsigned index = (unsigned)(mixed(number) % AREAS);
    const size_t size = PAGE * (1 + mixed(number + 1000000) % 16);
    if (areas[index].memory == NULL) {
        areas[index].memory = map(size);
        areas[index].size = size;
        areas[index].seed = number;
        areas[index].is_patched = false;
        fill_pattern(areas[index].memory, size, number);
    } else {
        check_pattern("mapped memory", areas[index].memory, areas[index].size, areas[index].seed);
        switch (areas[index].is_patched ? 0 : mixed(number + 2000000) % 4) {
            case 0:
                expect_success("munmap", munmap(areas[index].memory, areas[index].size));
                areas[index].memory = NULL;
                break;
            case 1:
                relocate(index);
                break;
            case 2:
                punch(index);
                break;
            default:
                resize(index, size);
        }
    }
    for (unsigned each = 0; each < AREAS; ++each) {
        if (areas[each].memory != NULL) {
            check_pattern("mapped memory", areas[each].memory, areas[each].size, areas[each].seed);
        }
    }
}
