// SPDX-License-Identifier: GPL-2.0-or-later
/// Gets signals with the right sender, value and reason: by sigqueue(), from a child, from its own faults.
#include "guest.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static volatile siginfo_t last;
static volatile unsigned handled;
static sigjmp_buf after_fault;
/// A fault that nobody waits for ends the program, or it would come again for ever.
static volatile bool is_fault_expected;

static void remember(int signal, siginfo_t* info, void* context) {
    (void)signal;
    (void)context;
    memcpy((void*)&last, info, sizeof last);
    ++handled;
}

static void leave(int number, siginfo_t* info, void* context) {
    if (!is_fault_expected) {
        signal(number, SIG_DFL);
        return;
    }
    remember(number, info, context);
    siglongjmp(after_fault, 1);
}

void set_up(void) {
    const struct sigaction keep = {.sa_sigaction = remember, .sa_flags = SA_SIGINFO};
    const struct sigaction jump = {.sa_sigaction = leave, .sa_flags = SA_SIGINFO};
    expect_success("sigaction", sigaction(SIGRTMIN + 1, &keep, NULL));
    expect_success("sigaction", sigaction(SIGUSR1, &keep, NULL));
    const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
    for (unsigned index = 0; index < sizeof faults / sizeof faults[0]; ++index) {
        expect_success("sigaction", sigaction(faults[index], &jump, NULL));
    }
}

static void send_value(unsigned number) {
    const union sigval value = {.sival_ptr = (void*)(uintptr_t)mixed(number)};
    expect_success("sigqueue", sigqueue(getpid(), SIGRTMIN + 1, value));
    expect("signal", SIGRTMIN + 1, last.si_signo);
    expect("code of sigqueue", SI_QUEUE, last.si_code);
    expect("sender", getpid(), last.si_pid);
    expect("user of the sender", getuid(), last.si_uid);
    expect("value", (intptr_t)value.sival_ptr, (intptr_t)last.si_value.sival_ptr);

    expect_success("tgkill", syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1));
    expect("signal", SIGUSR1, last.si_signo);
    expect("code of tgkill", SI_TKILL, last.si_code);
}

static void get_from_child(void) {
    const unsigned before = handled;
    const pid_t self = getpid(), child = fork_child();
    if (child == 0) {
        kill(self, SIGUSR1);
        _exit(0);
    }
    for (const int64_t start = now(); handled == before;) {
        usleep(200);
        have_patience("a signal of the child", start);
    }
    expect("sender", child, last.si_pid);
    expect("code of kill", SI_USER, last.si_code);
    expect_exit("child that sends a signal", child, 0);
}

static void expect_fault(const char* what, int signal, int code, const void* address) {
    expect(what, signal, last.si_signo);
    expect(what, code, last.si_code);
    if (address != NULL) {
        expect(what, (intptr_t)address, (intptr_t)last.si_addr);
    }
}

static void fault(void) {
    char* none = expect_memory("mmap", mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (sigsetjmp(after_fault, 1) == 0) {
        *(volatile char*)(none + 5) = 1;
    }
    expect_fault("write to a read-only page", SIGSEGV, SEGV_ACCERR, none + 5);
    expect_success("munmap", munmap(none, 4096));
    if (sigsetjmp(after_fault, 1) == 0) {
        *(volatile char*)(none + 7) = 1;
    }
    expect_fault("write to where nothing is", SIGSEGV, SEGV_MAPERR, none + 7);
    if (sigsetjmp(after_fault, 1) == 0) {
        __asm__ volatile("ud2");
    }
    expect_fault("an invalid instruction", SIGILL, ILL_ILLOPN, NULL);
    if (sigsetjmp(after_fault, 1) == 0) {
        __asm__ volatile("xorl %%ecx, %%ecx; movl $1, %%eax; xorl %%edx, %%edx; divl %%ecx" : : : "eax", "ecx", "edx");
    }
    expect_fault("a division by zero", SIGFPE, FPE_INTDIV, NULL);
    if (sigsetjmp(after_fault, 1) == 0) {
        __asm__ volatile("int3");
    }
    expect_fault("a breakpoint", SIGTRAP, SI_KERNEL, NULL);
}

void step(unsigned number) {
    send_value(number);
    get_from_child();
    is_fault_expected = true;
    fault();
    is_fault_expected = false;
}
