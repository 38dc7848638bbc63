/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the openMosix interface share: its files, and a daemon's part of the device. */
#ifndef GUEST_OPENMOSIX_H
#define GUEST_OPENMOSIX_H

#include "openmosix_records.h"
#include "runtime.h"

enum { EPERM = 1, ENOENT = 2, ESRCH = 3, EINTR = 4, E2BIG = 7, EAGAIN = 11, EACCES = 13, EFAULT = 14, EBUSY = 16, EINVAL = 22,
       EDEADLK = 35, ENOTCONN = 107, ETIMEDOUT = 110, EHOSTUNREACH = 113 };
enum { ORDINARY_USER = 1000 };

/* Writes the text with one call; returns 0 or a negative errno, also of the open. */
long write_text(const char *path, const char *text);
long write_text_with(const char *path, const char *text, u32 flags);
/* True if the file has this content; says on the console what it has otherwise. */
int has_text(const char *path, const char *expected);
/* "/proc/PID/NAME", valid until the next call. */
const char *process_file(u32 pid, const char *name);

struct process_id identify(u32 pid);
/* Field NUMBER of /proc/PID/stat, as in proc(5). */
u32 stat_field(u32 pid, u32 number);

/* Opens the device as omd does; ends the program when it cannot. */
int open_device(void);
/* A fork whose child has the device closed, so that only the parent's close counts. */
u32 fork_child(void);
/* 0 or a negative errno; -1000 when not all of it was taken. */
long send_record(int device, const void *record, u32 size);
#define SEND(device, record) send_record(device, &(record), sizeof(record))
/* Waits for the next request. */
struct request receive(int device);
int is_readable(int descriptor);
long answer(int device, u64 sequence, u32 error);

/* Becomes the ordinary user for good. */
void drop_privileges(void);

/*
 * A child that writes the text to its own file of that name, or to the path if it starts with a slash, and ends with the
 * errno for its status.
 */
u32 start_writer(const char *name, const char *text, int as_user);
/* Waits for the end of a child; its exit status, or 1000 and its signal. */
u32 wait_for_end(u32 pid);
/* Waits until the process is in that state of /proc/PID/stat. */
void wait_for_state(u32 pid, char state);
/* Waits until the file has that content. */
void wait_for_text(const char *path, const char *expected);

#endif
