// SPDX-License-Identifier: GPL-2.0-or-later
/// What it has told the kernel about its memory by mmap() and madvise() holds: the kernel shows it, and children get it.
#include "guest.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif

enum { PAGE = 4096, SIZE = 8 * PAGE, STEPS_OF_A_ROUND = 6 };

static struct {
    const char* name;
    int map_flags;
    int advice;
    /// In VmFlags of /proc/self/smaps.
    const char* flag;
    char* memory;
} areas[] = {
    {"MADV_WIPEONFORK", 0, MADV_WIPEONFORK, " wf ", NULL},
    {"MADV_DONTFORK", 0, MADV_DONTFORK, " dc ", NULL},
    {"MADV_DONTDUMP", 0, MADV_DONTDUMP, " dd ", NULL},
    {"MADV_SEQUENTIAL", 0, MADV_SEQUENTIAL, " sr ", NULL},
    {"MADV_RANDOM", 0, MADV_RANDOM, " rr ", NULL},
    {"MADV_MERGEABLE", 0, MADV_MERGEABLE, " mg ", NULL},
    {"MADV_HUGEPAGE", 0, MADV_HUGEPAGE, " hg ", NULL},
    {"MADV_NOHUGEPAGE", 0, MADV_NOHUGEPAGE, " nh ", NULL},
    {"MAP_NORESERVE", MAP_NORESERVE, MADV_NORMAL, " nr ", NULL},
    {"MAP_GROWSDOWN", MAP_GROWSDOWN, MADV_NORMAL, " gd ", NULL},
    {"nothing", 0, MADV_NORMAL, "", NULL},
};
enum { COUNT = sizeof areas / sizeof *areas };

static sigjmp_buf after_fault;

static void on_fault(int number) {
    (void)number;
    siglongjmp(after_fault, 1);
}

static void make(void) {
    for (unsigned i = 0; i < COUNT; ++i) {
        // With a page on either side, so that nothing is joined with its neighbours.
        char* memory = expect_memory("mmap", mmap(NULL, SIZE + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        areas[i].memory = expect_memory(
            areas[i].name, mmap(memory + PAGE, SIZE, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | areas[i].map_flags, -1, 0));
        if (madvise(areas[i].memory, SIZE, areas[i].advice) != 0) {
            // Kernels are built without what some are about.
            expect("errno of madvise", EINVAL, errno);
            areas[i].flag = "";
        }
        fill_pattern(areas[i].memory, SIZE, i);
    }
}

static void take_away(void) {
    for (unsigned i = 0; i < COUNT; ++i) {
        expect_success("munmap", munmap(areas[i].memory - PAGE, SIZE + 2 * PAGE));
    }
}

static void expect_flags(void) {
    FILE* smaps = expect_memory("fopen", fopen("/proc/self/smaps", "r"));
    char line[4096];
    unsigned long start = 0;
    unsigned long end = 0;
    unsigned seen = 0;
    while (fgets(line, sizeof line, smaps) != NULL) {
        unsigned long first = 0;
        unsigned long last = 0;
        if (sscanf(line, "%lx-%lx ", &first, &last) == 2) {
            start = first;
            end = last;
        }
        for (unsigned i = 0; i < COUNT && strncmp(line, "VmFlags:", 8) == 0; ++i) {
            const unsigned long place = (unsigned long)areas[i].memory;
            if (start <= place && place < end) {
                ++seen;
                if (strstr(line, areas[i].flag) == NULL) {
                    fprintf(stderr, "%s", line);
                    wrong(areas[i].name, 1, 0);
                }
                for (unsigned other = 0; other < COUNT; ++other) {
                    // A nohugepage advice of the system is not ours.
                    if (*areas[other].flag != 0 && strcmp(areas[other].flag, areas[i].flag) != 0 &&
                        strstr(line, areas[other].flag) != NULL) {
                        fprintf(stderr, "%s: %s", areas[i].name, line);
                        wrong("attributes that nobody asked for", 0, 1);
                    }
                }
            }
        }
    }
    fclose(smaps);
    expect("mappings in smaps", COUNT, seen);
}

static void expect_in_child(void) {
    const pid_t child = fork_child();
    if (child == 0) {
        static const char zeros[SIZE];
        expect("content of MADV_WIPEONFORK in a child", 0, memcmp(areas[0].memory, zeros, SIZE));
        signal(SIGSEGV, on_fault);
        if (sigsetjmp(after_fault, 1) == 0) {
            const volatile char* byte = areas[1].memory;
            (void)*byte;
            wrong("a child has what is MADV_DONTFORK", SIGSEGV, 0);
        }
        for (unsigned i = 2; i < COUNT; ++i) {
            check_pattern(areas[i].name, areas[i].memory, SIZE, i);
        }
        _exit(0);
    }
    expect_exit("child", child, 0);
}

void set_up(void) {
    make();
}

void step(unsigned number) {
    compute();
    for (unsigned i = 0; i < COUNT; ++i) {
        check_pattern(areas[i].name, areas[i].memory, SIZE, i);
    }
    if (number % STEPS_OF_A_ROUND == 2) {
        expect_in_child();
    }
    if (number % STEPS_OF_A_ROUND == 4) {
        expect_flags();
    }
    if (number % (2 * STEPS_OF_A_ROUND) == 0) {
        take_away();
        make();
    }
}

void finish(void) {
    take_away();
    make();
    expect_in_child();
    expect_flags();
}
