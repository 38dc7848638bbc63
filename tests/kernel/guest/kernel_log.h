/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GUEST_KERNEL_LOG_H
#define GUEST_KERNEL_LOG_H

#include "runtime.h"

/* How many records of the kernel's log since boot contain the text. */
static inline u32 count_in_kernel_log(const char *wanted)
{
	long log = CALL3(NR_open, "/dev/kmsg", O_RDONLY | O_NONBLOCK, 0);
	char text[2048];
	u32 count = 0;
	long length;

	if (log < 0)
		die("cannot open /dev/kmsg: error %d\n", (int)-log);
	while ((length = CALL3(NR_read, log, text, sizeof(text) - 1)) > 0) {
		text[length] = 0;
		count += find_text(text, wanted) != 0;
	}
	CALL1(NR_close, log);
	return count;
}

#endif
