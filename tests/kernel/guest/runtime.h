/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A minimal C environment for guest programs on i386: no library, so that nothing but the instructions under test can
 * be one that the CPU lacks.
 */
#ifndef GUEST_RUNTIME_H
#define GUEST_RUNTIME_H

#include <stdarg.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef signed short s16;
typedef signed int s32;

#define PAGE_SIZE 4096u
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* System calls return a negative errno on failure. */
long system_call(u32 number, long a, long b, long c, long d, long e, long f);
#define CALL0(number) system_call(number, 0, 0, 0, 0, 0, 0)
#define CALL1(number, a) system_call(number, (long)(a), 0, 0, 0, 0, 0)
#define CALL2(number, a, b) system_call(number, (long)(a), (long)(b), 0, 0, 0, 0)
#define CALL3(number, a, b, c) system_call(number, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define CALL4(number, a, b, c, d) system_call(number, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define CALL5(number, a, b, c, d, e) system_call(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)

enum {
	NR_exit = 1, NR_fork = 2, NR_read = 3, NR_write = 4, NR_open = 5, NR_close = 6, NR_execve = 11, NR_getpid = 20,
	NR_mount = 21, NR_ptrace = 26, NR_kill = 37, NR_times = 43, NR_ioctl = 54, NR_getppid = 64, NR_getrusage = 77,
	NR_reboot = 88, NR_munmap = 91, NR_ftruncate = 93, NR_setitimer = 104, NR_wait4 = 114, NR_fsync = 118,
	NR_clone = 120, NR_modify_ldt = 123, NR_mprotect = 125, NR_sched_yield = 158, NR_poll = 168, NR_prctl = 172,
	NR_rt_sigreturn = 173, NR_rt_sigaction = 174, NR_rt_sigsuspend = 179, NR_sigaltstack = 186, NR_mmap2 = 192,
	NR_stat64 = 195, NR_setresuid32 = 208, NR_setresgid32 = 210, NR_getdents64 = 220, NR_set_thread_area = 243,
	NR_exit_group = 252, NR_unshare = 310, NR_memfd_create = 356, NR_clock_gettime64 = 403,
};

enum { PROT_NONE = 0, PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4 };
enum { MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20, MAP_GROWSDOWN = 0x100 };
enum { O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0100, O_TRUNC = 01000, O_NONBLOCK = 04000 };
enum { SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGFPE = 8, SIGKILL = 9, SIGUSR1 = 10, SIGSEGV = 11, SIGCHLD = 17,
       SIGCONT = 18, SIGSTOP = 19, SIGPROF = 27 };
enum { SEGV_MAPERR = 1, SEGV_ACCERR = 2, BUS_ADRALN = 1, BUS_ADRERR = 2, ILL_ILLOPN = 2, TRAP_TRACE = 2, SI_KERNEL = 0x80 };

/* An address of our own choice is used as given; 0 lets the kernel choose. Ends the program on failure. */
void *map(u32 address, u32 size, int protection);
void *map_file(u32 address, u32 size, int protection, int descriptor);
void protect(u32 address, u32 size, int protection);
void unmap(u32 address, u32 size);

void *memset(void *to, int value, unsigned long size);
void *memcpy(void *to, const void *from, unsigned long size);
int memcmp(const void *a, const void *b, unsigned long size);
unsigned long strlen(const char *text);
int starts_with(const char *text, const char *start);
const char *find_text(const char *text, const char *wanted);

/* %s %d %u %x (eight digits) %%; anything else is printed as it is. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void print_list(const char *format, va_list arguments);
void format_to(char *text, u32 size, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Prints and ends the program. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* Reads a decimal number; ends the program if it is none. */
u32 parse_number(const char *text);
/* Writes or reads all of it, or ends the program. */
void write_all(int descriptor, const void *data, u32 size);
/* Returns the number of bytes read into the buffer, which is then terminated, or a negative errno. */
long read_file(const char *path, char *buffer, u32 size);

int main(int argc, char **argv);

#endif
