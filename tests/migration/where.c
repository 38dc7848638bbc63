// SPDX-License-Identifier: GPL-2.0-or-later
/// Prints, as the first thing that it does, whether it runs at home: elsewhere the functions of the vDSO that read
/// clocks are system calls (openmosix/clocks/vdso.h).
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

enum { LONGEST = 8192 };

#ifdef __x86_64__
// mov $__NR_clock_gettime, %eax; syscall; ret
static const unsigned char away[] = {0xb8, 228, 0, 0, 0, 0x0f, 0x05, 0xc3};
#else
// mov $__NR_clock_gettime64, %eax; int $0x80; pop %ebx; ret
static const unsigned char away[] = {0xb8, 0x93, 1, 0, 0, 0xcd, 0x80, 0x5b, 0xc3};
#endif

int main(void) {
    const unsigned char* vdso = (const unsigned char*)getauxval(AT_SYSINFO_EHDR);
    if (vdso == NULL) {
        return 1;
    }
    for (size_t place = 0; place + sizeof away <= LONGEST; ++place) {
        if (memcmp(vdso + place, away, sizeof away) == 0) {
            puts("away");
            return 0;
        }
    }
    puts("home");
    return 0;
}
