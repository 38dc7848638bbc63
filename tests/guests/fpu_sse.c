// SPDX-License-Identifier: GPL-2.0-or-later
/// Keeps values in all SSE registers, and a control word that is not the default, over a millisecond of arithmetic.
#include "guest.h"

#ifdef __x86_64__
enum { REGISTERS = 16 };
#else
enum { REGISTERS = 8 };
#endif

typedef unsigned char Register[16] __attribute__((aligned(16)));

static unsigned expected_control;

__attribute__((target("sse2"))) static void load(const Register* values) {
    __asm__ volatile(
        "movaps 0(%0), %%xmm0; movaps 16(%0), %%xmm1; movaps 32(%0), %%xmm2; movaps 48(%0), %%xmm3;"
        "movaps 64(%0), %%xmm4; movaps 80(%0), %%xmm5; movaps 96(%0), %%xmm6; movaps 112(%0), %%xmm7"
        :
        : "r"(values)
        : "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7");
#ifdef __x86_64__
    __asm__ volatile(
        "movaps 128(%0), %%xmm8; movaps 144(%0), %%xmm9; movaps 160(%0), %%xmm10; movaps 176(%0), %%xmm11;"
        "movaps 192(%0), %%xmm12; movaps 208(%0), %%xmm13; movaps 224(%0), %%xmm14; movaps 240(%0), %%xmm15"
        :
        : "r"(values)
        : "memory", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
#endif
}

__attribute__((target("sse2"))) static void store(Register* values) {
    __asm__ volatile(
        "movaps %%xmm0, 0(%0); movaps %%xmm1, 16(%0); movaps %%xmm2, 32(%0); movaps %%xmm3, 48(%0);"
        "movaps %%xmm4, 64(%0); movaps %%xmm5, 80(%0); movaps %%xmm6, 96(%0); movaps %%xmm7, 112(%0)"
        :
        : "r"(values)
        : "memory");
#ifdef __x86_64__
    __asm__ volatile(
        "movaps %%xmm8, 128(%0); movaps %%xmm9, 144(%0); movaps %%xmm10, 160(%0); movaps %%xmm11, 176(%0);"
        "movaps %%xmm12, 192(%0); movaps %%xmm13, 208(%0); movaps %%xmm14, 224(%0); movaps %%xmm15, 240(%0)"
        :
        : "r"(values)
        : "memory");
#endif
}

static unsigned control_word(void) {
    unsigned word = 0;
    __asm__ volatile("stmxcsr %0" : "=m"(word));
    return word;
}

/// In assembly, so that the compiler has no reason to touch a vector register meanwhile.
static void pass_time(void) {
    unsigned long rounds = 1000000;
    __asm__ volatile("1: dec %0; jnz 1b" : "+r"(rounds));
}

void set_up(void) {
    if (!__builtin_cpu_supports("sse2")) {
        not_here("this CPU has no SSE2");
    }
    // Rounds up, and flushes denormals to zero.
    expected_control = (control_word() & ~0x6000U) | 0x4000U | 0x8000U;
    __asm__ volatile("ldmxcsr %0" : : "m"(expected_control));
}

void step(unsigned number) {
    static Register values[REGISTERS], got[REGISTERS];
    fill_pattern(values, sizeof values, number);
    load(values);
    pass_time();
    store(got);
    expect("SSE registers", 0, memcmp(values, got, sizeof values));
    // The lowest six bits are exceptions that arithmetic leaves behind.
    expect("SSE control word", expected_control & ~0x3fU, control_word() & ~0x3fU);
}
