// SPDX-License-Identifier: GPL-2.0-or-later
/// Makes the system calls that only i386 has, by "int $0x80", as programs of 1995 do.
#include "guest.h"

#ifndef __i386__
#error "built for i386 only"
#endif

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/net.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>

/// The result as the kernel gives it: negative is an error.
static long call(long number, long first, long second, long third) {
    long result = number;
    __asm__ volatile("int $0x80" : "+a"(result) : "b"(first), "c"(second), "d"(third) : "memory");
    return result;
}

static long address_of(const void* pointer) {
    return (long)pointer;
}

static void use_memory(unsigned number) {
    const long arguments[] = {0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0};
    const long memory = call(SYS_mmap, address_of(arguments), 0, 0);
    expect_true("old mmap", memory > 0 || memory < -4096);
    fill_pattern((void*)memory, 8192, number);
    compute();
    check_pattern("memory of the old mmap", (void*)memory, 8192, number);
    expect("munmap", 0, call(SYS_munmap, memory, 8192, 0));
}

static void use_sockets(unsigned number) {
    int pair[2] = {-1, -1};
    char got[16] = {0};
    const long create[] = {AF_UNIX, SOCK_STREAM, 0, address_of(pair)};
    expect("socketcall(SYS_SOCKETPAIR)", 0, call(SYS_socketcall, SYS_SOCKETPAIR, address_of(create), 0));
    const long send_arguments[] = {pair[0], address_of("old"), 3, 0};
    expect("socketcall(SYS_SEND)", 3, call(SYS_socketcall, SYS_SEND, address_of(send_arguments), 0));

    fd_set readable;
    struct timeval time = {.tv_sec = 60};
    FD_ZERO(&readable);
    FD_SET(pair[1], &readable);
    const long select_arguments[] = {pair[1] + 1, address_of(&readable), 0, 0, address_of(&time)};
    expect("old select", 1, call(SYS_select, address_of(select_arguments), 0, 0));
    const long receive_arguments[] = {pair[1], address_of(got), sizeof got, 0};
    expect("socketcall(SYS_RECV)", 3, call(SYS_socketcall, SYS_RECV, address_of(receive_arguments), 0));
    expect_text("data", "old", got);
    expect("close", 0, call(SYS_close, pair[0], 0, 0));
    expect("close", 0, call(SYS_close, pair[1], 0, 0));
    (void)number;
}

static void use_signal_mask(void) {
    unsigned long blocked = 1UL << (10 - 1), before = 99, pending = 99;
    expect("old sigprocmask", 0, call(SYS_sigprocmask, 0, address_of(&blocked), address_of(&before)));
    expect("mask before", 0, (long)before);
    expect("old sigpending", 0, call(SYS_sigpending, address_of(&pending), 0, 0));
    expect("pending", 0, (long)pending);
    expect("old sigprocmask", 0, call(SYS_sigprocmask, 1, address_of(&blocked), address_of(&before)));
    expect("mask between", (long)blocked, (long)before);
}

static void use_files(unsigned number) {
    long long position = 0;
    const long file = call(SYS_open, address_of("old file"), O_RDWR | O_CREAT | O_TRUNC, 0600);
    expect_at_least("open", 0, file);
    expect("write", 4, call(SYS_write, file, address_of("1234"), 4));
    __asm__ volatile("" : : : "memory");
    long result = SYS__llseek;
    // Five arguments: descriptor, high half, low half, where the result goes, from where.
    __asm__ volatile("int $0x80" : "+a"(result) : "b"(file), "c"(0), "d"(1), "S"(&position), "D"(SEEK_SET) : "memory");
    expect("_llseek", 0, result);
    expect("position", 1, position);
    expect("lseek", 4, call(SYS_lseek, file, 0, SEEK_END));
    expect("dup2", 50, call(SYS_dup2, file, 50, 0));
    expect("close", 0, call(SYS_close, file, 0, 0));
    expect("close", 0, call(SYS_close, 50, 0, 0));
    expect("access", -ENOENT, call(SYS_access, address_of("no such file"), 0, 0));
    expect("unlink", 0, call(SYS_unlink, address_of("old file"), 0, 0));
    (void)number;
}

void step(unsigned number) {
    long seconds = 0;
    const long found = call(SYS_time, address_of(&seconds), 0, 0);
    expect("time", seconds, found);
    expect("getpid", getpid(), call(SYS_getpid, 0, 0, 0));
    use_memory(number);
    use_sockets(number);
    use_signal_mask();
    use_files(number);
}
