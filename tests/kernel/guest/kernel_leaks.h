/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GUEST_KERNEL_LEAKS_H
#define GUEST_KERNEL_LEAKS_H

#include "runtime.h"

/* kmemleak does not report what is younger than five seconds. */
enum { LEAK_AGE_SECONDS = 6 };

static inline u32 seconds_since_boot(void)
{
	u64 time[2] = { 0, 0 };

	CALL2(NR_clock_gettime64, 1 /* CLOCK_MONOTONIC */, time);
	return (u32)time[0];
}

/* Prints what memory the kernel has lost, if it can tell (CONFIG_DEBUG_KMEMLEAK); returns whether it has. */
static inline int has_kernel_leaks(void)
{
	static const char path[] = "/sys/kernel/debug/kmemleak";
	static char report[16384];
	u32 start = seconds_since_boot();
	long file, length;

	CALL5(NR_mount, "debugfs", "/sys/kernel/debug", "debugfs", 0, 0);
	file = CALL3(NR_open, path, O_RDWR, 0);
	if (file < 0)
		return 0;
	while (seconds_since_boot() < start + LEAK_AGE_SECONDS)
		CALL0(NR_sched_yield);
	/* The first scan may come upon what is just on its way from one place to another. */
	for (u32 scans = 0; scans < 2; scans++)
		CALL3(NR_write, file, "scan", 4);
	CALL1(NR_close, file);
	length = read_file(path, report, sizeof(report));
	if (length > 0)
		write_all(1, report, (u32)length);
	return length != 0;
}

#endif
