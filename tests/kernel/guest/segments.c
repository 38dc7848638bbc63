/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segments.h"

struct user_descriptor {
	u32 entry, base, limit, flags;
};

u16 make_segment(u32 base, u32 limit, u32 flags)
{
	struct user_descriptor descriptor = { ~0u, base, limit, flags | SEGMENT_USEABLE };
	long result = CALL1(NR_set_thread_area, &descriptor);

	if (result)
		die("cannot make a segment: error %d\n", (int)-result);
	return (u16)(descriptor.entry << 3 | 3);
}

u16 make_local_segment(u32 index, u32 base, u32 limit, u32 flags)
{
	struct user_descriptor descriptor = { index, base, limit, flags | SEGMENT_USEABLE };
	long result = CALL3(NR_modify_ldt, 0x11, &descriptor, sizeof(descriptor));

	if (result)
		die("cannot make a local segment: error %d\n", (int)-result);
	return (u16)(index << 3 | 7);
}
