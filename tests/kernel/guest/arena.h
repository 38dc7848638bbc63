/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory for operands: pages of all kinds side by side at fixed addresses, and segments over them. */
#ifndef GUEST_ARENA_H
#define GUEST_ARENA_H

#include "runtime.h"

enum { ARENA = 0x20000000 };

enum page_kind {
	PAGE_WRITABLE,
	PAGE_READ_ONLY,
	PAGE_NO_ACCESS,
	PAGE_HOLE,
	PAGE_BEYOND_FILE, /* of a file that is shorter than its mapping: SIGBUS */
	PAGE_FRESH,       /* never accessed before, until arena_refresh() */
};

/* Page kinds from ARENA on; what is before and behind is not mapped. */
extern const u8 arena_kinds[];
extern const u32 arena_pages;

/* Thread-local storage segments: FS covers everything from ARENA on and around, GS just 0x5000 bytes from ARENA. */
enum { FS_BASE = ARENA, GS_BASE = ARENA, GS_LIMIT = 0x4fff };

/* Maps the pages and loads FS and GS, the first time. */
void arena_prepare(void);

/* Makes the fresh pages fresh again. */
void arena_refresh(void);

/* Copies memory of the arena; bytes that cannot be read are 0. */
void arena_read(u32 address, u8 *bytes, u32 size);

/* Writes where it is writable. */
void arena_write(u32 address, const u8 *bytes, u32 size);

#endif
