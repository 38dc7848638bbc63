// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "abi.h"

namespace openmosix {

/// Machine code that makes a list of system calls, one after another: the stack pointer points to the address of the
/// first entry and, a word above, to their count. An entry is eight words: number, six arguments, result. Ends with a
/// breakpoint.
///
/// amd64:                                  i386:
///   next: cmpq $0, 8(%rsp); je end          next: cmpl $0, 4(%esp); je end
///         mov (%rsp), %rbx                        mov (%esp), %eax
///         mov (%rbx), %rax                        mov 4(%eax), %ebx; mov 8(%eax), %ecx
///         mov 8(%rbx), %rdi ... %r9               mov 12(%eax), %edx ... %ebp
///         syscall                                 mov (%eax), %eax; int $0x80
///         mov %rax, 56(%rbx)                      mov (%esp), %ebx; mov %eax, 28(%ebx)
///         addq $64, (%rsp); decq 8(%rsp)          addl $32, (%esp); decl 4(%esp)
///         jmp next                                jmp next
///   end:  int3                              end:  int3
inline constexpr std::array<std::uint8_t, 58> list_code_amd64{
    0x48, 0x83, 0x7c, 0x24, 0x08, 0x00, 0x74, 0x31, 0x48, 0x8b, 0x1c, 0x24, 0x48, 0x8b, 0x03,
    0x48, 0x8b, 0x7b, 0x08, 0x48, 0x8b, 0x73, 0x10, 0x48, 0x8b, 0x53, 0x18, 0x4c, 0x8b, 0x53,
    0x20, 0x4c, 0x8b, 0x43, 0x28, 0x4c, 0x8b, 0x4b, 0x30, 0x0f, 0x05, 0x48, 0x89, 0x43, 0x38,
    0x48, 0x83, 0x04, 0x24, 0x40, 0x48, 0xff, 0x4c, 0x24, 0x08, 0xeb, 0xc7, 0xcc};
inline constexpr std::array<std::uint8_t, 49> list_code_i386{
    0x83, 0x7c, 0x24, 0x04, 0x00, 0x74, 0x29, 0x8b, 0x04, 0x24, 0x8b, 0x58, 0x04, 0x8b, 0x48, 0x08, 0x8b,
    0x50, 0x0c, 0x8b, 0x70, 0x10, 0x8b, 0x78, 0x14, 0x8b, 0x68, 0x18, 0x8b, 0x00, 0xcd, 0x80, 0x8b, 0x1c,
    0x24, 0x89, 0x43, 0x1c, 0x83, 0x04, 0x24, 0x20, 0xff, 0x4c, 0x24, 0x04, 0xeb, 0xd0, 0xcc};

/// One system call, then a breakpoint.
inline constexpr std::array<std::uint8_t, 3> call_code_amd64{0x0f, 0x05, 0xcc};
inline constexpr std::array<std::uint8_t, 3> call_code_i386{0xcd, 0x80, 0xcc};

inline std::span<const std::uint8_t> list_code(Abi abi) {
    return abi == Abi::i386 ? std::span<const std::uint8_t>(list_code_i386)
                            : std::span<const std::uint8_t>(list_code_amd64);
}
inline std::span<const std::uint8_t> call_code(Abi abi) {
    return abi == Abi::i386 ? std::span<const std::uint8_t>(call_code_i386)
                            : std::span<const std::uint8_t>(call_code_amd64);
}

}  // namespace openmosix
