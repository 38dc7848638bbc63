/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arena.h"

#include "segments.h"

const u8 arena_kinds[] = {
	PAGE_WRITABLE,  PAGE_WRITABLE, PAGE_HOLE,      PAGE_WRITABLE,  PAGE_READ_ONLY,    PAGE_WRITABLE,
	PAGE_NO_ACCESS, PAGE_WRITABLE, PAGE_BEYOND_FILE, PAGE_HOLE,    PAGE_FRESH,        PAGE_FRESH,
	PAGE_READ_ONLY, PAGE_READ_ONLY,
};
const u32 arena_pages = sizeof(arena_kinds);

static u32 page_address(u32 page)
{
	return ARENA + page * PAGE_SIZE;
}

static enum page_kind kind_at(u32 address)
{
	u32 page = (address - ARENA) / PAGE_SIZE;

	return address >= ARENA && page < arena_pages ? arena_kinds[page] : PAGE_HOLE;
}

/* The file has the page before; this one lies behind its end. */
static void map_beyond_file(u32 page)
{
	long file = CALL2(NR_memfd_create, "arena", 0);
	long result;

	if (file < 0)
		die("cannot make a memory file: error %d\n", (int)-file);
	result = CALL2(NR_ftruncate, file, PAGE_SIZE);
	if (result)
		die("cannot size a memory file: error %d\n", (int)-result);
	map_file(page_address(page - 1), 2 * PAGE_SIZE, PROT_READ | PROT_WRITE, (int)file);
	CALL1(NR_close, file);
}

static void fill(u32 page)
{
	u8 *bytes = (u8 *)page_address(page);

	for (u32 i = 0; i < PAGE_SIZE; i++)
		bytes[i] = (u8)(i * 7 + page);
}

static void map_page(u32 page)
{
	switch (arena_kinds[page]) {
	case PAGE_HOLE:
		break;
	case PAGE_BEYOND_FILE:
		map_beyond_file(page);
		fill(page - 1);
		break;
	case PAGE_FRESH:
		map(page_address(page), PAGE_SIZE, PROT_READ | PROT_WRITE);
		break;
	default:
		map(page_address(page), PAGE_SIZE, PROT_READ | PROT_WRITE);
		fill(page);
		if (arena_kinds[page] == PAGE_READ_ONLY)
			protect(page_address(page), PAGE_SIZE, PROT_READ);
		if (arena_kinds[page] == PAGE_NO_ACCESS)
			protect(page_address(page), PAGE_SIZE, PROT_NONE);
	}
}

void arena_prepare(void)
{
	static int prepared;

	if (prepared)
		return;
	prepared = 1;
	for (u32 page = 0; page < arena_pages; page++)
		map_page(page);
	load_fs(make_segment(FS_BASE, 0xfffff, SEGMENT_PAGES | SEGMENT_32BIT));
	load_gs(make_segment(GS_BASE, GS_LIMIT, SEGMENT_32BIT));
}

void arena_refresh(void)
{
	for (u32 page = 0; page < arena_pages; page++)
		if (arena_kinds[page] == PAGE_FRESH)
			map_page(page);
}

void arena_read(u32 address, u8 *bytes, u32 size)
{
	for (; size--; address++, bytes++) {
		enum page_kind kind = kind_at(address);

		*bytes = kind == PAGE_WRITABLE || kind == PAGE_READ_ONLY || kind == PAGE_FRESH ? *(u8 *)address : 0;
	}
}

void arena_write(u32 address, const u8 *bytes, u32 size)
{
	for (; size--; address++, bytes++)
		if (kind_at(address) == PAGE_WRITABLE)
			*(u8 *)address = *bytes;
}
