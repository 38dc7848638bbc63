// SPDX-License-Identifier: GPL-2.0-or-later
// A program that is moved while it works, and measures itself by CLOCK_MONOTONIC:
//   moved gap MIB       touches memory, then reads the clock in a tight loop; times are the largest gaps
//   moved touch MIB r|s|n|i touches memory at random, in sequence or not; of blocks of 100 touches the longest and the
//                       number. With `i` at random, and the memory has small integers, which can be compressed
//   moved compute       rounds of arithmetic that need no memory
//   moved random MIB    passes of random access over touched memory, each about two seconds long at home
//   moved getppid       calls getppid(2)
//   moved clock         reads CLOCK_REALTIME
//   moved read FILE     reads blocks of 64 KiB
//   moved write FILE    writes blocks of 64 KiB
//   moved signals       computes, and counts the real-time signals that it gets; the number is how many came
// It prints "ready", and at each SIGUSR1 the median, the least, the most and the number of the times since the last
// report, in seconds. With `random` it prints each pass when it ends.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "measuring.h"

enum { MOST_TIMES = 65536, BLOCK = 65536, BLOCKS_OF_FILE = 64, CALLS_OF_ROUND = 100,
       READINGS_OF_ROUND = 1000, PAGE = 4096 };

static volatile sig_atomic_t wants_report;
static double times[MOST_TIMES];
static size_t count;
static volatile uint64_t sink;

static void on_signal(int signal) {
    (void)signal;
    wants_report = 1;
}

static void report(void) {
    // Before it is printed: then the next one may be asked for.
    wants_report = 0;
    const size_t kept = count < MOST_TIMES ? count : MOST_TIMES;
    qsort(times, kept, sizeof times[0], compare);
    printf("%.9f %.9f %.9f %zu\n", kept ? times[kept / 2] : 0, kept ? times[0] : 0, kept ? times[kept - 1] : 0, kept);
    fflush(stdout);
    count = 0;
}

static void add(double time) {
    // Only what fits: the last ones count.
    times[count++ % MOST_TIMES] = time;
}

static uint64_t next_random(uint64_t* state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

// Memory of random words, of which the bits of `mask` are there.
static uint64_t* touched(size_t mebibytes, uint64_t mask, size_t* words) {
    const size_t size = mebibytes << 20;
    uint64_t* memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail("mmap");
    // Of pages as a program without luck gets them, and no two of them alike.
    madvise(memory, size, MADV_NOHUGEPAGE);
    uint64_t state = 88172645463325252u;
    *words = size / sizeof *memory;
    for (size_t i = 0; i < *words; ++i) memory[i] = next_random(&state) & mask;
    return memory;
}

static void measure_gaps(size_t mebibytes) {
    size_t words = 0;
    touched(mebibytes, UINT64_MAX, &words);
    puts("ready");
    double largest = 0;
    double last = now();
    for (;;) {
        const double time = now();
        if (wants_report) {
            add(largest);
            report();
            largest = 0;
            last = now();
            continue;
        }
        if (time - last > largest) largest = time - last;
        last = time;
    }
}

static void touch_memory(size_t mebibytes, const char* order) {
    enum { TOUCHES_OF_BLOCK = 100, WORK_OF_TOUCH = 200, LINE = 64 };
    size_t words = 0;
    const uint64_t* memory = touched(mebibytes, order[0] == 'i' ? UINT16_MAX : UINT64_MAX, &words);
    const int is_random = order[0] == 'r' || order[0] == 'i';
    const int is_idle = order[0] == 'n';
    uint64_t state = 1;
    size_t place = 0;
    puts("ready");
    double largest = 0;
    size_t blocks = 0;
    double last = now();
    for (;;) {
        for (int i = 0; i < TOUCHES_OF_BLOCK; ++i) {
            place = (is_random ? next_random(&state) : place + LINE / sizeof *memory) % words;
            if (!is_idle) sink += memory[place];
            for (volatile int work = 0; work < WORK_OF_TOUCH; ++work) {
            }
        }
        ++blocks;
        const double time = now();
        if (time - last > largest) largest = time - last;
        last = time;
        if (wants_report) {
            wants_report = 0;
            printf("0 0 %.9f %zu\n", largest, blocks);
            largest = 0;
            blocks = 0;
            last = now();
        }
    }
}

static void compute(void) {
    puts("ready");
    uint64_t state = 1;
    for (;;) {
        const double began = now();
        for (int i = 0; i < 2000000; ++i) next_random(&state);
        sink = state;
        if (wants_report) {
            report();
        } else {
            add(now() - began);
        }
    }
}

static uint64_t access_at_random(const uint64_t* memory, size_t words, size_t accesses, uint64_t* state) {
    uint64_t sum = 0;
    for (size_t i = 0; i < accesses; ++i) sum += memory[next_random(state) % words];
    return sum;
}

static void access_memory(size_t mebibytes) {
    enum { TRIAL = 2000000 };
    size_t words = 0;
    const uint64_t* memory = touched(mebibytes, UINT64_MAX, &words);
    uint64_t state = 1;
    const double trial = now();
    sink = access_at_random(memory, words, TRIAL, &state);
    const size_t accesses = (size_t)(2.0 / (now() - trial) * TRIAL);
    puts("ready");
    for (;;) {
        const double began = now();
        sink = access_at_random(memory, words, accesses, &state);
        add(now() - began);
        report();
    }
}

static void call(void) {
    puts("ready");
    for (;;) {
        const double began = now();
        for (int i = 0; i < CALLS_OF_ROUND; ++i) syscall(SYS_getppid);
        if (wants_report) {
            report();
        } else {
            add((now() - began) / CALLS_OF_ROUND);
        }
    }
}

static void read_wall_clock(void) {
    puts("ready");
    for (;;) {
        struct timespec time;
        const double began = now();
        for (int i = 0; i < READINGS_OF_ROUND; ++i) clock_gettime(CLOCK_REALTIME, &time);
        if (wants_report) {
            report();
        } else {
            add((now() - began) / READINGS_OF_ROUND);
        }
    }
}

static volatile sig_atomic_t signals;

static void on_counted_signal(int signal) {
    (void)signal;
    ++signals;
}

static void count_signals(void) {
    enum { WORK_BETWEEN_LOOKS = 1000 };
    struct sigaction action = {.sa_handler = on_counted_signal, .sa_flags = SA_RESTART};
    if (sigaction(SIGRTMIN, &action, NULL) != 0) fail("sigaction");
    puts("ready");
    for (;;) {
        for (volatile int work = 0; work < WORK_BETWEEN_LOOKS; ++work) {
        }
        if (wants_report) {
            wants_report = 0;
            printf("0 0 0 %d\n", (int)signals);
        }
    }
}

static void transfer(const char* path, int writes) {
    static char block[BLOCK];
    memset(block, 1, sizeof block);
    const int file = open(path, O_RDWR | O_CREAT, 0600);
    if (file == -1) fail(path);
    for (int i = 0; i < BLOCKS_OF_FILE; ++i) {
        if (write(file, block, BLOCK) != BLOCK) fail("write");
    }
    puts("ready");
    for (int i = 0;; ++i) {
        if (i % BLOCKS_OF_FILE == 0 && lseek(file, 0, SEEK_SET) != 0) fail("lseek");
        const double began = now();
        if ((writes ? write(file, block, BLOCK) : read(file, block, BLOCK)) != BLOCK) fail(writes ? "write" : "read");
        if (wants_report) {
            report();
        } else {
            add(now() - began);
        }
    }
}

/// As many mappings of a page each, which the kernel cannot join.
static void map_pages(size_t mappings) {
    char* memory = mmap(NULL, mappings * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail("mmap");
    for (size_t i = 0; i < mappings; ++i) {
        memory[i * PAGE] = 1;
        if (i % 2 == 1 && mprotect(memory + i * PAGE, PAGE, PROT_READ) != 0) fail("mprotect");
    }
}

int main(int argc, char** argv) {
    const char* mode = argc > 1 ? argv[1] : "";
    const char* argument = argc > 2 ? argv[2] : "0";
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    if (sigaction(SIGUSR1, &action, NULL) != 0) fail("sigaction");
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (strcmp(mode, "gap") == 0) {
        measure_gaps((size_t)atol(argument));
    } else if (strcmp(mode, "touch") == 0 && argc == 4) {
        touch_memory((size_t)atol(argument), argv[3]);
    } else if (strcmp(mode, "mappings") == 0) {
        map_pages((size_t)atol(argument));
        measure_gaps(1);
    } else if (strcmp(mode, "compute") == 0) {
        compute();
    } else if (strcmp(mode, "random") == 0) {
        access_memory((size_t)atol(argument));
    } else if (strcmp(mode, "getppid") == 0) {
        call();
    } else if (strcmp(mode, "clock") == 0) {
        read_wall_clock();
    } else if (strcmp(mode, "signals") == 0) {
        count_signals();
    } else if (strcmp(mode, "read") == 0 || strcmp(mode, "write") == 0) {
        transfer(argument, mode[0] == 'w');
    }
    fprintf(stderr, "usage: moved {gap MIB|touch MIB r|s|n|mappings COUNT|compute|random MIB|getppid|clock|signals|read FILE|write FILE}\n");
    return 2;
}
