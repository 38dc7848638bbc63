// SPDX-License-Identifier: GPL-2.0-or-later
/// The frame of all guest programs: one behaviour each, which must be right wherever and however often it is moved.
///
/// A guest defines step(), and set_up() and finish() if it needs them. The frame prints "ready PID", calls step() until
/// it is told to stop, and prints "right STEPS". What is found wrong is printed as "WRONG: what, expected, got" and
/// ends the guest at once with status 1. See README.md for the arguments.
#ifndef GUESTS_GUEST_H
#define GUESTS_GUEST_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/// Once, before "ready".
void set_up(void);
/// Step NUMBER (0, 1, ...): does the guest's thing for about a millisecond and checks every result.
void step(unsigned number);
/// Once, after the last step.
void finish(void);

/// What main() got.
extern int guest_argument_count;
extern char** guest_arguments;

/// Status of a guest that cannot run on this machine.
enum { STATUS_NOT_HERE = 77 };

/// Ends the guest: WHAT should have been EXPECTED and is GOT.
_Noreturn void wrong(const char* what, long long expected, long long got);
/// Ends the guest with STATUS_NOT_HERE: this machine lacks what it is about.
_Noreturn void not_here(const char* reason);

/// Two numbers must be equal.
void expect(const char* what, long long expected, long long got);
/// A condition must hold.
void expect_true(const char* what, bool condition);
/// GOT must not be below LEAST.
void expect_at_least(const char* what, long long least, long long got);
/// A call must not have failed; returns its result. On failure, errno's text is in the message.
long expect_success(const char* call, long result);
/// A call must have failed with ERROR in errno.
void expect_error(const char* call, int error, long result);
/// A pointer must not be what mmap() and others return on failure, nor NULL; returns it.
void* expect_memory(const char* call, void* pointer);
/// Two texts must be equal.
void expect_text(const char* what, const char* expected, const char* got);

/// A number that looks random and depends on SEED only.
uint64_t mixed(uint64_t seed);
/// Fills memory with bytes that depend on SEED and the place.
void fill_pattern(void* memory, size_t size, uint64_t seed);
/// All bytes must be those of fill_pattern().
void check_pattern(const char* what, const void* memory, size_t size, uint64_t seed);

/// About a millisecond of integer arithmetic in registers, without any system call; the result is checked.
void compute(void);

/// A clock's time in microseconds.
int64_t microseconds(clockid_t clock);
/// CLOCK_MONOTONIC in microseconds.
int64_t now(void);
/// Longest wait for something that has to happen, in microseconds: generous, as machines may be busy.
#define PATIENCE 60000000LL
/// Microseconds by which the clocks of two nodes may differ for a program that moves between them: half of what asking
/// takes, on a busy machine. A time that was measured over a move is wrong by as much.
#define CLOCK_ERROR 1000
/// Called in a loop that waits: ends the guest when START (of now()) is longer ago than PATIENCE.
void have_patience(const char* what, int64_t start);

/// write() of all bytes, however many calls it takes.
void write_all(int file, const void* bytes, size_t size);
/// read() of all bytes, however many calls it takes; the end of the file is wrong.
void read_all(int file, void* bytes, size_t size);
/// fork() that must succeed; the child dies with the guest.
pid_t fork_child(void);
/// waitpid() for CHILD, which must exit with STATUS.
void expect_exit(const char* what, pid_t child, int status);

#endif
