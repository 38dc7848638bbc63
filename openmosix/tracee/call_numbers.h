// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "abi.h"

namespace openmosix {

/// Numbers of the system calls that we make in other processes (arch/x86/entry/syscalls/syscall_{32,64}.tbl).
struct CallNumbers {
    std::uint32_t arch_prctl;
    std::uint32_t close;
    std::uint32_t fcntl;
    std::uint32_t get_robust_list;
    std::uint32_t getitimer;
    std::uint32_t getpid;
    std::uint32_t getppid;
    std::uint32_t ioctl;
    std::uint32_t madvise;
    std::uint32_t memfd_create;
    std::uint32_t modify_ldt;
    /// With the offset in pages on i386 (mmap2), in bytes on amd64.
    std::uint32_t mmap;
    std::uint32_t mprotect;
    std::uint32_t mremap;
    std::uint32_t munmap;
    std::uint32_t pause;
    std::uint32_t personality;
    std::uint32_t pkey_alloc;
    std::uint32_t pkey_free;
    std::uint32_t poll;
    std::uint32_t prctl;
    std::uint32_t prlimit64;
    std::uint32_t recvmsg;
    std::uint32_t restart_syscall;
    std::uint32_t rseq;
    std::uint32_t rt_sigaction;
    std::uint32_t rt_sigprocmask;
    std::uint32_t rt_sigsuspend;
    std::uint32_t rt_tgsigqueueinfo;
    std::uint32_t seccomp;
    std::uint32_t set_robust_list;
    std::uint32_t set_tid_address;
    std::uint32_t setgroups;
    std::uint32_t setitimer;
    std::uint32_t setresgid;
    std::uint32_t setresuid;
    std::uint32_t sigaltstack;
    std::uint32_t socketpair;
    std::uint32_t userfaultfd;
};

inline constexpr CallNumbers numbers_i386{.arch_prctl = 384,
                                          .close = 6,
                                          .fcntl = 55,
                                          .get_robust_list = 312,
                                          .getitimer = 105,
                                          .getpid = 20,
                                          .getppid = 64,
                                          .ioctl = 54,
                                          .madvise = 219,
                                          .memfd_create = 356,
                                          .modify_ldt = 123,
                                          .mmap = 192,
                                          .mprotect = 125,
                                          .mremap = 163,
                                          .munmap = 91,
                                          .pause = 29,
                                          .personality = 136,
                                          .pkey_alloc = 381,
                                          .pkey_free = 382,
                                          .poll = 168,
                                          .prctl = 172,
                                          .prlimit64 = 340,
                                          .recvmsg = 372,
                                          .restart_syscall = 0,
                                          .rseq = 386,
                                          .rt_sigaction = 174,
                                          .rt_sigprocmask = 175,
                                          .rt_sigsuspend = 179,
                                          .rt_tgsigqueueinfo = 335,
                                          .seccomp = 354,
                                          .set_robust_list = 311,
                                          .set_tid_address = 258,
                                          .setgroups = 206,
                                          .setitimer = 104,
                                          .setresgid = 210,
                                          .setresuid = 208,
                                          .sigaltstack = 186,
                                          .socketpair = 360,
                                          .userfaultfd = 374};
inline constexpr CallNumbers numbers_amd64{.arch_prctl = 158,
                                           .close = 3,
                                           .fcntl = 72,
                                           .get_robust_list = 274,
                                           .getitimer = 36,
                                           .getpid = 39,
                                           .getppid = 110,
                                           .ioctl = 16,
                                           .madvise = 28,
                                           .memfd_create = 319,
                                           .modify_ldt = 154,
                                           .mmap = 9,
                                           .mprotect = 10,
                                           .mremap = 25,
                                           .munmap = 11,
                                           .pause = 34,
                                           .personality = 135,
                                           .pkey_alloc = 330,
                                           .pkey_free = 331,
                                           .poll = 7,
                                           .prctl = 157,
                                           .prlimit64 = 302,
                                           .recvmsg = 47,
                                           .restart_syscall = 219,
                                           .rseq = 334,
                                           .rt_sigaction = 13,
                                           .rt_sigprocmask = 14,
                                           .rt_sigsuspend = 130,
                                           .rt_tgsigqueueinfo = 297,
                                           .seccomp = 317,
                                           .set_robust_list = 273,
                                           .set_tid_address = 218,
                                           .setgroups = 116,
                                           .setitimer = 38,
                                           .setresgid = 119,
                                           .setresuid = 117,
                                           .sigaltstack = 131,
                                           .socketpair = 53,
                                           .userfaultfd = 323};

constexpr const CallNumbers& call_numbers(Abi abi) {
    return abi == Abi::i386 ? numbers_i386 : numbers_amd64;
}

}  // namespace openmosix
