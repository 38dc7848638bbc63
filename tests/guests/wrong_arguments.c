// SPDX-License-Identifier: GPL-2.0-or-later
/// Calls with more than one thing wrong: which error comes is the kernel's choice, and nothing is left behind. And
/// calls of newer kernels, which are there or not as at home.
#include "guest.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

/// As in every table since Linux 5.1, whatever the headers here know.
enum { CACHESTAT = 451, FCHMODAT2 = 452, LSM_LIST_MODULES = 461, NEXT_CALL = 471 };

static void* nowhere;
static int file;
static int has_fchmodat2;
static int error_of_list_modules;
static int error_of_next_call;

static int error_of(long result) {
    return result == -1 ? errno : 0;
}

void set_up(void) {
    // A page that was there, so that nothing else is.
    nowhere = expect_memory("mmap", mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    file = (int)expect_success("open", open("arguments", O_RDWR | O_CREAT | O_TRUNC, 0600));
    has_fchmodat2 = error_of(syscall(FCHMODAT2, AT_FDCWD, "arguments", 0600, 0)) != ENOSYS;
    error_of_list_modules = error_of(syscall(LSM_LIST_MODULES, NULL, NULL, 0));
    error_of_next_call = error_of(syscall(NEXT_CALL, -1, NULL, NULL, -1, -1, -1));
}

static void use_capabilities(void) {
    struct __user_cap_header_struct header = {.version = 0x12345678, .pid = 0};
    struct __user_cap_data_struct data[2];
    expect_error("capget", EINVAL, syscall(SYS_capget, &header, data));
    expect("version that the kernel wants", _LINUX_CAPABILITY_VERSION_3, header.version);
    expect_success("capget", syscall(SYS_capget, &header, data));
    header.version = 0x12345678;
    expect_error("capset", EINVAL, syscall(SYS_capset, &header, data));
    expect("version that the kernel wants", _LINUX_CAPABILITY_VERSION_3, header.version);
}

static void use_pointers(void) {
    struct iovec list = {nowhere, 10};
    expect_error("read", EBADF, read(-1, nowhere, 10));
    expect_error("write", EBADF, write(-1, nowhere, 10));
    expect_error("writev", EBADF, writev(-1, nowhere, 2));
    expect_error("readv of too many", EBADF, readv(-1, nowhere, 2000));
    expect_error("write", EFAULT, write(file, nowhere, 10));
    expect_error("writev", EFAULT, writev(file, &list, 1));
    expect_error("writev", EFAULT, writev(file, nowhere, 1));
    expect_error("readv of too many", EINVAL, readv(file, nowhere, 2000));
    expect_error("open", EFAULT, open(nowhere, O_RDONLY));
    expect_error("fstat", EBADF, syscall(SYS_fstat, -1, nowhere));
    expect("size of the file", 0, lseek(file, 0, SEEK_END));
    const int null = (int)expect_success("open", open("/dev/null", O_WRONLY));
    expect("bytes of write", 10, expect_success("write", write(null, nowhere, 10)));
    expect_success("close", close(null));
}

static void use_sockets(void) {
    const int end = (int)expect_success("socket", socket(AF_INET, SOCK_STREAM, 0));
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    expect_error("accept of what does not listen", EINVAL, accept(end, nowhere, &size));
    expect_error("accept of what does not listen", EINVAL, accept(end, (struct sockaddr*)&address, nowhere));
    expect_error("accept of no socket", ENOTSOCK, accept(file, nowhere, nowhere));
    expect_error("accept of nothing", EBADF, accept(-1, nowhere, nowhere));
    expect_error("getsockopt of nothing", EBADF, getsockopt(-1, SOL_SOCKET, SO_TYPE, &size, nowhere));
    expect_error("sendmsg of nothing", EBADF, sendmsg(-1, nowhere, 0));
    expect_success("close", close(end));
}

/// What fails makes no descriptors.
static void use_descriptors(void) {
    const int next = (int)expect_success("dup", dup(file));
    expect_success("close", close(next));
    expect_error("pipe", EFAULT, syscall(SYS_pipe2, nowhere, 0));
    expect_error("socketpair", EFAULT, socketpair(AF_UNIX, SOCK_STREAM, 0, nowhere));
    expect("next descriptor", next, expect_success("dup", dup(file)));
    expect_success("close", close(next));
}

static void use_newer_calls(unsigned number) {
    if (has_fchmodat2) {
        const mode_t mode = number % 2 == 0 ? 0600 : 0640;
        expect_success("fchmodat2", syscall(FCHMODAT2, AT_FDCWD, "arguments", mode, 0));
        struct stat status;
        expect_success("stat", stat("arguments", &status));
        expect("mode", mode, status.st_mode & 07777);
        const uint64_t range[2] = {0, 0};
        uint64_t counts[5] = {1000, 1000};
        if (error_of(syscall(CACHESTAT, file, range, counts, 0)) == 0) {
            expect_true("few pages are cached", counts[0] < 1000 && counts[1] < 1000);
        }
        expect_error("cachestat", EBADF, syscall(CACHESTAT, -1, range, counts, 0));
    }
    if (number % 16 == 0) {
        expect("error of lsm_list_modules", error_of_list_modules, error_of(syscall(LSM_LIST_MODULES, NULL, NULL, 0)));
        expect("error of an unknown call", error_of_next_call,
               error_of(syscall(NEXT_CALL, -1, NULL, NULL, -1, -1, -1)));
    }
}

void step(unsigned number) {
    use_capabilities();
    use_pointers();
    use_sockets();
    use_descriptors();
    use_newer_calls(number);
    compute();
}

void finish(void) {
    expect_success("unlink", unlink("arguments"));
}
