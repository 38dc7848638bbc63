/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Segments of our own: thread-local storage entries of the GDT, and entries of the LDT. */
#ifndef GUEST_SEGMENTS_H
#define GUEST_SEGMENTS_H

#include "runtime.h"

/* Bits of the kernel's struct user_desc. */
enum {
	SEGMENT_32BIT = 1 << 0,
	SEGMENT_EXPAND_DOWN = 1 << 1,
	SEGMENT_CODE = 2 << 1,
	SEGMENT_READ_ONLY = 1 << 3, /* of code: execute only */
	SEGMENT_PAGES = 1 << 4,     /* the limit counts pages */
	SEGMENT_USEABLE = 1 << 6,
};

/* Both return a selector and end the program on failure. */
u16 make_segment(u32 base, u32 limit, u32 flags);
u16 make_local_segment(u32 index, u32 base, u32 limit, u32 flags);

static inline void load_fs(u16 selector)
{
	asm volatile("movw %0, %%fs" : : "r"(selector));
}

static inline void load_gs(u16 selector)
{
	asm volatile("movw %0, %%gs" : : "r"(selector));
}

static inline void load_es(u16 selector)
{
	asm volatile("movw %0, %%es" : : "r"(selector));
}

static inline u16 current_es(void)
{
	u16 selector;

	asm volatile("movw %%es, %0" : "=r"(selector));
	return selector;
}

#endif
