// SPDX-License-Identifier: GPL-2.0-or-later
/// Reads its own memory map, as garbage collectors and sanitizers do: what it has mapped is in it.
#include "guest.h"

#include <sys/mman.h>

static bool is_mapped(const void* address, const char* permissions) {
    char line[4200];
    bool found = false;
    FILE* map = expect_memory("fopen", fopen("/proc/self/maps", "re"));
    while (fgets(line, sizeof line, map) != NULL) {
        char* end_text = NULL;
        const uintptr_t start = strtoul(line, &end_text, 16);
        const uintptr_t end = strtoul(end_text + 1, &end_text, 16);
        if ((uintptr_t)address >= start && (uintptr_t)address < end) {
            found = strncmp(end_text + 1, permissions, strlen(permissions)) == 0;
        }
    }
    fclose(map);
    return found;
}

void step(unsigned number) {
    char* memory = expect_memory("mmap", mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    compute();
    expect_true("its own code", is_mapped((const void*)(uintptr_t)step, "r-xp"));
    expect_true("its own stack", is_mapped(&number, "rw-p"));
    expect_true("what it has just mapped", is_mapped(memory, "r--p"));
    expect_success("munmap", munmap(memory, 8192));
    expect_true("nothing where it was", !is_mapped(memory, "r"));
}
