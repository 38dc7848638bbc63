// SPDX-License-Identifier: GPL-2.0-or-later
/// Keeps values in the upper halves of the AVX registers, and in those of AVX-512 where there are any.
#include "guest.h"

#include <immintrin.h>

#ifdef __x86_64__
enum { REGISTERS = 16 };
#else
enum { REGISTERS = 8 };
#endif

static bool has_avx512;

static void pass_time(void) {
    unsigned long rounds = 1000000;
    __asm__ volatile("1: dec %0; jnz 1b" : "+r"(rounds));
}

#define LOAD(size, name, number) __asm__ volatile("vmovups %0, %%" name #number : : "m"(values[number][0]) : "memory")
#define STORE(size, name, number) __asm__ volatile("vmovups %%" name #number ", %0" : "=m"(got[number]) : : "memory")
#ifdef __x86_64__
#define EACH(operation, size, name) \
    operation(size, name, 0);       \
    operation(size, name, 1);       \
    operation(size, name, 7);       \
    operation(size, name, 8);       \
    operation(size, name, 15)
static const unsigned used[] = {0, 1, 7, 8, 15};
#else
#define EACH(operation, size, name) \
    operation(size, name, 0);       \
    operation(size, name, 1);       \
    operation(size, name, 2);       \
    operation(size, name, 6);       \
    operation(size, name, 7)
static const unsigned used[] = {0, 1, 2, 6, 7};
#endif

typedef unsigned char Ymm[32];
typedef unsigned char Zmm[64];

__attribute__((target("avx"))) static void keep_avx(unsigned number) {
    static Ymm values[REGISTERS], got[REGISTERS];
    fill_pattern(values, sizeof values, number);
    EACH(LOAD, 32, "ymm");
    pass_time();
    EACH(STORE, 32, "ymm");
    for (unsigned index = 0; index < sizeof used / sizeof used[0]; ++index) {
        expect("AVX register", 0, memcmp(values[used[index]], got[used[index]], sizeof(Ymm)));
    }
    _mm256_zeroupper();
}

__attribute__((target("avx512f"))) static void keep_avx512(unsigned number) {
    static Zmm values[REGISTERS], got[REGISTERS];
    uint16_t mask = (uint16_t)mixed(number), got_mask = 0;
    fill_pattern(values, sizeof values, number);
    EACH(LOAD, 64, "zmm");
    __asm__ volatile("kmovw %0, %%k1" : : "m"(mask));
    pass_time();
    __asm__ volatile("kmovw %%k1, %0" : "=m"(got_mask));
    EACH(STORE, 64, "zmm");
    for (unsigned index = 0; index < sizeof used / sizeof used[0]; ++index) {
        expect("AVX-512 register", 0, memcmp(values[used[index]], got[used[index]], sizeof(Zmm)));
    }
    expect("AVX-512 mask register", mask, got_mask);
    _mm256_zeroupper();
}

void set_up(void) {
    if (!__builtin_cpu_supports("avx")) {
        not_here("this CPU has no AVX");
    }
    has_avx512 = __builtin_cpu_supports("avx512f");
}

void step(unsigned number) {
    keep_avx(number);
    if (has_avx512) {
        keep_avx512(number);
    }
}
