// SPDX-License-Identifier: GPL-2.0-or-later
#include "clocks/clock_code.h"

#include <array>
#include <cstring>

// The code of both ABIs begins with a table: for each function where it begins and where its caller's registers are
// saved. Offsets into the data are those of clock_data.
//
// The wall clock is read as in the kernel's vdso/helpers.h: again when the sequence was odd or has changed. x86 neither
// reorders loads nor stores, so no barriers are needed. Clocks are numbered as in clock_gettime(2): the bits of 0xd2
// are CLOCK_MONOTONIC, _RAW, _COARSE and CLOCK_BOOTTIME, those of 0x21 CLOCK_REALTIME and _COARSE, each of which is the
// monotonic clock of the next number and what the wall clock is ahead. 274877907 / 2^38 is 1/1000 of numbers of 32
// bits.
#ifdef __x86_64__
// NOLINTNEXTLINE(hicpp-no-assembler)
asm(R"(
    .pushsection .rodata, "a", @progbits
    .code64
    .macro begin64 number
    lea (.Lbase64 - 4096)(%rip), %rax
    movq $\number, 40(%rax)
    mov %rsp, 48(%rax)
    mov %rbx, 56(%rax)
    mov %rbp, 64(%rax)
    mov %r12, 72(%rax)
    mov %r13, 80(%rax)
    mov %r14, 88(%rax)
    mov %r15, 96(%rax)
    mov %rdi, 104(%rax)
    mov %rsi, 112(%rax)
    .endm

    .hidden openmosix_clock_code_amd64, openmosix_clock_code_amd64_end
    .globl openmosix_clock_code_amd64, openmosix_clock_code_amd64_end
    .balign 16
openmosix_clock_code_amd64:
.Lbase64:
    .long .Lgettime64 - .Lbase64, .Lgettime64_saved - .Lbase64
    .long .Lofday64 - .Lbase64, .Lofday64_saved - .Lbase64
    .long .Ltime64 - .Lbase64, .Ltime64_saved - .Lbase64
    .long .Lgetres64 - .Lbase64, .Lgetres64_saved - .Lbase64

.Lgettime64:
    begin64 0
.Lgettime64_saved:
    mov %rax, %rbx
    mov $0xd2, %eax
    mov $0x21, %ecx
    cmp $7, %edi
    ja .Lgettime64_call
    bt %edi, %eax
    jc .Lgettime64_kernel
    bt %edi, %ecx
    jnc .Lgettime64_call
    mov %rsi, %rbp
    inc %edi
    call .Lwall64
    mov %rcx, (%rbp)
    mov %rdx, 8(%rbp)
    xor %eax, %eax
    jmp .Lend64
.Lgettime64_kernel:
    sub $8, %rsp
    call *24(%rbx)
    add $8, %rsp
    jmp .Lend64
.Lgettime64_call:
    mov $228, %eax
    syscall
.Lend64:
    mov 64(%rbx), %rbp
    mov 56(%rbx), %rbx
    ret

.Lofday64:
    begin64 1
.Lofday64_saved:
    mov %rax, %rbx
    mov %rdi, %rbp
    test %rsi, %rsi
    jz 1f
    movq $0, (%rsi)
1:  test %rbp, %rbp
    jz 2f
    mov $1, %edi
    call .Lwall64
    mov %rcx, (%rbp)
    imul $274877907, %rdx, %rdx
    shr $38, %rdx
    mov %rdx, 8(%rbp)
2:  xor %eax, %eax
    jmp .Lend64

.Ltime64:
    begin64 2
.Ltime64_saved:
    mov %rax, %rbx
    mov %rdi, %rbp
    mov $6, %edi
    call .Lwall64
    mov %rcx, %rax
    test %rbp, %rbp
    jz .Lend64
    mov %rax, (%rbp)
    jmp .Lend64

.Lgetres64:
    begin64 3
.Lgetres64_saved:
    mov %rax, %rbx
    mov $229, %eax
    syscall
    jmp .Lend64

    # From the number of a monotonic clock in %edi: seconds and nanoseconds of the wall clock in %rcx and %rdx.
.Lwall64:
    sub $16, %rsp
    mov %rsp, %rsi
    call *24(%rbx)
1:  mov (%rbx), %eax
    mov 8(%rbx), %rcx
    mov 16(%rbx), %rdx
    test $1, %al
    jnz 1b
    cmp (%rbx), %eax
    jne 1b
    add (%rsp), %rcx
    add 8(%rsp), %rdx
    cmp $1000000000, %rdx
    jb 2f
    sub $1000000000, %rdx
    inc %rcx
2:  add $16, %rsp
    ret
openmosix_clock_code_amd64_end:
    .popsection
)");
#endif

// NOLINTNEXTLINE(hicpp-no-assembler)
asm(R"(
    .pushsection .rodata, "a", @progbits
    .code32
    .macro begin32 number
    .byte 0xb8
    .long 0
    movl $\number, 40(%eax)
    mov %esp, 48(%eax)
    mov %ebx, 56(%eax)
    mov %ebp, 64(%eax)
    mov %esi, 72(%eax)
    mov %edi, 80(%eax)
    .endm

    .hidden openmosix_clock_code_i386, openmosix_clock_code_i386_end
    .globl openmosix_clock_code_i386, openmosix_clock_code_i386_end
    .balign 16
openmosix_clock_code_i386:
.Lbase32:
    .long .Lgettime32 - .Lbase32, .Lgettime32_saved - .Lbase32
    .long .Llonggettime32 - .Lbase32, .Llonggettime32_saved - .Lbase32
    .long .Lofday32 - .Lbase32, .Lofday32_saved - .Lbase32
    .long .Ltime32 - .Lbase32, .Ltime32_saved - .Lbase32
    .long .Lgetres32 - .Lbase32, .Lgetres32_saved - .Lbase32
    .long .Llonggetres32 - .Lbase32, .Llonggetres32_saved - .Lbase32

    # Behind the saving of registers: NUMBER of the system call, the kernel's function at PLACE, WIDE structures.
    .macro gettime32 number, place, wide
    mov %eax, %ebx
    mov 4(%esp), %edi
    mov 8(%esp), %ebp
    mov $0xd2, %eax
    mov $0x21, %ecx
    cmp $7, %edi
    ja 2f
    bt %edi, %eax
    jc 1f
    bt %edi, %ecx
    jnc 2f
    inc %edi
    call .Lwall32
    mov %ecx, (%ebp)
    .if \wide
    mov %esi, 4(%ebp)
    mov %edx, 8(%ebp)
    movl $0, 12(%ebp)
    .else
    mov %edx, 4(%ebp)
    .endif
    xor %eax, %eax
    jmp .Lend32
1:  push %ebp
    push %edi
    call *\place(%ebx)
    add $8, %esp
    jmp .Lend32
2:  mov $\number, %eax
    jmp .Lcall32
    .endm

.Lgettime32:
    begin32 0
.Lgettime32_saved:
    gettime32 265, 24, 0

.Llonggettime32:
    begin32 1
.Llonggettime32_saved:
    gettime32 403, 32, 1

.Lofday32:
    begin32 2
.Lofday32_saved:
    mov %eax, %ebx
    mov 4(%esp), %ebp
    mov 8(%esp), %eax
    test %eax, %eax
    jz 1f
    movl $0, (%eax)
    movl $0, 4(%eax)
1:  test %ebp, %ebp
    jz 2f
    mov $1, %edi
    call .Lwall32
    mov %ecx, (%ebp)
    mov $274877907, %eax
    mul %edx
    shr $6, %edx
    mov %edx, 4(%ebp)
2:  xor %eax, %eax
    jmp .Lend32

.Ltime32:
    begin32 3
.Ltime32_saved:
    mov %eax, %ebx
    mov 4(%esp), %ebp
    mov $6, %edi
    call .Lwall32
    mov %ecx, %eax
    test %ebp, %ebp
    jz .Lend32
    mov %eax, (%ebp)
    jmp .Lend32

.Lgetres32:
    begin32 4
.Lgetres32_saved:
    mov %eax, %ebx
    mov $266, %eax
    jmp .Lcall32

.Llonggetres32:
    begin32 5
.Llonggetres32_saved:
    mov %eax, %ebx
    mov $406, %eax
    jmp .Lcall32

    # The system call %eax with the function's two arguments.
.Lcall32:
    mov %ebx, %ebp
    mov 8(%esp), %ecx
    mov 4(%esp), %ebx
    int $0x80
    mov %ebp, %ebx
.Lend32:
    mov 80(%ebx), %edi
    mov 72(%ebx), %esi
    mov 64(%ebx), %ebp
    mov 56(%ebx), %ebx
    ret

    # From the number of a monotonic clock in %edi: seconds of the wall clock in %esi:%ecx, nanoseconds in %edx.
.Lwall32:
    sub $16, %esp
    push %esp
    push %edi
    call *32(%ebx)
    add $8, %esp
1:  mov (%ebx), %eax
    mov 8(%ebx), %ecx
    mov 12(%ebx), %esi
    mov 16(%ebx), %edx
    test $1, %al
    jnz 1b
    cmp (%ebx), %eax
    jne 1b
    add (%esp), %ecx
    adc 4(%esp), %esi
    add 8(%esp), %edx
    cmp $1000000000, %edx
    jb 2f
    sub $1000000000, %edx
    add $1, %ecx
    adc $0, %esi
2:  add $16, %esp
    ret
openmosix_clock_code_i386_end:
    .popsection
)"
#ifdef __x86_64__
    "    .code64\n"
#endif
);

// NOLINTBEGIN(modernize-avoid-c-arrays,cppcoreguidelines-avoid-c-arrays)
extern "C" {
#ifdef __x86_64__
extern const std::uint8_t openmosix_clock_code_amd64[];
extern const std::uint8_t openmosix_clock_code_amd64_end[];
#endif
extern const std::uint8_t openmosix_clock_code_i386[];
extern const std::uint8_t openmosix_clock_code_i386_end[];
}
// NOLINTEND(modernize-avoid-c-arrays,cppcoreguidelines-avoid-c-arrays)

namespace openmosix {

namespace {

template <std::size_t count>
std::array<ClockFunction, count> with_offsets(std::span<const std::uint8_t> code,
                                              const std::array<const char*, count>& names) {
    std::array<ClockFunction, count> result{};
    const auto offset = [&code](std::size_t place) {
        std::uint32_t value = 0;
        std::memcpy(&value, code.subspan(place).data(), sizeof value);
        return std::size_t{value};
    };
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t entry = i * 2 * sizeof(std::uint32_t);
        result.at(i) = {names.at(i), offset(entry), offset(entry + sizeof(std::uint32_t))};
    }
    return result;
}

}  // namespace

std::span<const std::uint8_t> clock_code(Abi abi) {
#ifdef __x86_64__
    if (abi == Abi::amd64) {
        return {&openmosix_clock_code_amd64[0], &openmosix_clock_code_amd64_end[0]};
    }
#else
    static_cast<void>(abi);
#endif
    return {&openmosix_clock_code_i386[0], &openmosix_clock_code_i386_end[0]};
}

std::span<const ClockFunction> clock_functions(Abi abi) {
#ifdef __x86_64__
    if (abi == Abi::amd64) {
        static const auto functions = with_offsets<4>(
            clock_code(abi), {"__vdso_clock_gettime", "__vdso_gettimeofday", "__vdso_time", "__vdso_clock_getres"});
        return functions;
    }
#endif
    static const auto functions =
        with_offsets<6>(clock_code(abi), {"__vdso_clock_gettime", "__vdso_clock_gettime64", "__vdso_gettimeofday",
                                          "__vdso_time", "__vdso_clock_getres", "__vdso_clock_getres_time64"});
    return functions;
}

std::span<const std::size_t> saved_registers(Abi abi) {
    // user_regs_struct: %rsp, %rbx, %rbp, %r12 to %r15, %rdi, %rsi; %esp, %ebx, %ebp, %esi, %edi.
    static constexpr std::array<std::size_t, 9> of_amd64{19, 5, 4, 3, 2, 1, 0, 14, 13};
    static constexpr std::array<std::size_t, 5> of_i386{15, 0, 5, 3, 4};
    return abi == Abi::amd64 ? std::span<const std::size_t>(of_amd64) : std::span<const std::size_t>(of_i386);
}

}  // namespace openmosix
