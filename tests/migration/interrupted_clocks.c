// SPDX-License-Identifier: GPL-2.0-or-later
/// For each line "next" on its standard input it reads a clock and is interrupted within the vDSO, one instruction later
/// each time: the handler says "in" and computes until SIGUSR2. After it, the program says "out", or "wrong ..." when the
/// clock has shown an earlier time than before. Where the reading ends without that interruption, it says "next clock", or
/// "end" after the last one, and ends.
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum { CLOCKS = 2, TRAP_FLAG = 0x100, MAX_VDSO = 0x4000 };

#ifdef __x86_64__
#define INSTRUCTION_POINTER REG_RIP
#else
#define INSTRUCTION_POINTER REG_EIP
#endif

static volatile sig_atomic_t is_released;
static volatile sig_atomic_t left;

static void say(const char *line) {
    if (write(STDOUT_FILENO, line, strlen(line)) < 0) {
        _exit(1);
    }
}

static void release(int signal) {
    (void)signal;
    is_released = 1;
}

/// After each instruction of a read_clock() that is traced.
static void trap(int signal, siginfo_t *info, void *context) {
    (void)signal;
    (void)info;
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    const uintptr_t place = (uintptr_t)registers[INSTRUCTION_POINTER] - (uintptr_t)getauxval(AT_SYSINFO_EHDR);
    if (place >= MAX_VDSO || --left != 0) {
        return;
    }
    registers[REG_EFL] &= ~TRAP_FLAG;
    is_released = 0;
    say("in\n");
    while (!is_released) {
    }
}

static void set_trap_flag(int is_on) {
#ifdef __x86_64__
    // Not where the compiler may keep something below the stack pointer.
    __asm__ volatile("lea -128(%%rsp), %%rsp; pushfq; andq $~0x100, (%%rsp); orq %0, (%%rsp); popfq; lea 128(%%rsp), %%rsp"
                     :: "r"(is_on ? (uint64_t)TRAP_FLAG : 0) : "memory", "cc");
#else
    __asm__ volatile("pushfl; andl $~0x100, (%%esp); orl %0, (%%esp); popfl" :: "r"(is_on ? TRAP_FLAG : 0) : "memory", "cc");
#endif
}

static int64_t read_clock(unsigned index) {
    struct timespec time_of_clock;
    if (index == 0) {
        return time(NULL) * 1000000000LL;
    }
    return clock_gettime(CLOCK_MONOTONIC_COARSE, &time_of_clock) == 0
               ? time_of_clock.tv_sec * 1000000000LL + time_of_clock.tv_nsec
               : -1;
}

int main(void) {
    const struct sigaction trapping = {.sa_sigaction = trap, .sa_flags = SA_SIGINFO};
    const struct sigaction releasing = {.sa_handler = release};
    if (sigaction(SIGTRAP, &trapping, NULL) != 0 || sigaction(SIGUSR2, &releasing, NULL) != 0) {
        return 1;
    }
    char line[80];
    for (unsigned index = 0; index < CLOCKS; ++index) {
        int64_t last = read_clock(index);
        for (int instruction = 1; fgets(line, sizeof line, stdin) != NULL; ++instruction) {
            left = instruction;
            set_trap_flag(1);
            const int64_t reading = read_clock(index);
            set_trap_flag(0);
            if (reading < last) {
                snprintf(line, sizeof line, "wrong clock %u: %lld after %lld\n", index, (long long)reading,
                         (long long)last);
                say(line);
            }
            last = reading;
            if (left > 0) {
                say(index + 1 < CLOCKS ? "next clock\n" : "end\n");
                break;
            }
            say("out\n");
        }
    }
    return 0;
}
