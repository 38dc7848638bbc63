/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cases.h"

#include "arena.h"
#include "random.h"
#include "random_fpu.h"

static u32 random_address(void)
{
	/* Mostly around a page boundary. Else anywhere in writable pages, or where nothing can be mapped. */
	if (random_percent(75))
		return ARENA + random_below(arena_pages + 1) * PAGE_SIZE + random_below(24) - 12;
	if (random_percent(80))
		return ARENA + random_below(2 * PAGE_SIZE - 16);
	return 0x40000000 + random_below(0x10000000);
}

static u32 random_flags(void)
{
	u32 flags = FLAGS_ALWAYS | (random_word() & (CF | PF | AF | ZF | SF | OF));

	if (random_percent(10))
		flags |= DF;
	if (random_percent(5))
		flags |= AC;
	return flags;
}

static void emit_prefixes(struct encoding *instruction, u8 override, int operand_16, int address_16, int lock)
{
	u8 prefixes[6];
	u32 count = 0;

	if (override)
		prefixes[count++] = override;
	if (operand_16)
		prefixes[count++] = 0x66;
	if (address_16)
		prefixes[count++] = 0x67;
	if (lock)
		prefixes[count++] = 0xf0;
	while (count) {
		u32 chosen = random_below(count);

		emit(instruction, prefixes[chosen]);
		prefixes[chosen] = prefixes[--count];
	}
}

static void add_memory_operand(struct test_case *test_case, u8 override, int address_16, u32 register_field)
{
	u32 address = random_address();

	/* 16-bit offsets reach the first 64 KiB of a segment. */
	if (address_16)
		address = ARENA + (u16)(address - ARENA);
	test_case->address = address;
	emit_memory_operand(&test_case->instruction, &test_case->state, address, override, address_16, register_field);
}

static void make_two_byte(struct test_case *test_case, u8 opcode, u32 register_field, int memory, u32 lock_percent)
{
	int address_16 = memory && random_percent(15);
	u8 override = memory || random_percent(10) ? random_override(address_16) : OVERRIDE_NONE;

	emit_prefixes(&test_case->instruction, override, random_percent(30), address_16, random_percent(lock_percent));
	emit(&test_case->instruction, 0x0f);
	emit(&test_case->instruction, opcode);
	if (memory)
		add_memory_operand(test_case, override, address_16, register_field);
	else
		emit(&test_case->instruction, (u8)(0xc0 | register_field << 3 | random_below(8)));
}

static void make_cmov(struct test_case *test_case)
{
	u8 opcode = (u8)(0x40 + random_below(16));

	make_two_byte(test_case, opcode, random_below(8), random_percent(65), 2);
}

static void make_cmpxchg8b(struct test_case *test_case)
{
	/* The register form is an invalid opcode. */
	make_two_byte(test_case, 0xc7, 1, !random_percent(2), 50);
}

static void make_nop(struct test_case *test_case)
{
	/*
	 * 0F 1F only: the others have got a meaning on the build machine's CPU. Without LOCK, as QEMU executes NOPs
	 * itself, and takes no offence at it.
	 */
	make_two_byte(test_case, 0x1f, random_below(8), random_percent(65), 0);
}

static void make_fpu(struct test_case *test_case, u8 opcode, u8 modrm)
{
	random_fpu(&test_case->state.fpu);
	emit_prefixes(&test_case->instruction, OVERRIDE_NONE, random_percent(5), 0, random_percent(2));
	emit(&test_case->instruction, opcode);
	emit(&test_case->instruction, (u8)(modrm + random_below(8)));
}

static void make_fcmov(struct test_case *test_case)
{
	make_fpu(test_case, random_percent(50) ? 0xda : 0xdb, (u8)(0xc0 + 8 * random_below(4)));
}

static void make_fcomi(struct test_case *test_case)
{
	make_fpu(test_case, random_percent(50) ? 0xdb : 0xdf, random_percent(50) ? 0xe8 : 0xf0);
}

static void set_window(struct test_case *test_case)
{
	u32 operand = test_case->address - window_start(test_case);

	for (u32 i = 0; i < WINDOW; i++)
		test_case->window[i] = (u8)random_word();

	/* CMPXCHG8B shall find what it compares with as often as not. */
	if (random_percent(50)) {
		memcpy(test_case->window + operand, &test_case->state.general[EAX], 4);
		memcpy(test_case->window + operand + 4, &test_case->state.general[EDX], 4);
	}
	arena_write(window_start(test_case), test_case->window, WINDOW);
	arena_read(window_start(test_case), test_case->window, WINDOW);
}

u32 window_start(const struct test_case *test_case)
{
	return test_case->address - 8;
}

void make_case(struct test_case *test_case, u32 seed, u32 index)
{
	u32 choice;

	random_start(seed, index);
	memset(test_case, 0, sizeof(*test_case));
	fpu_initial(&test_case->state.fpu);
	for (u32 i = 0; i < GENERAL_REGISTERS; i++)
		test_case->state.general[i] = random_word();
	test_case->state.flags = random_flags();

	choice = random_below(100);
	if (choice < 45)
		make_cmov(test_case);
	else if (choice < 65)
		make_cmpxchg8b(test_case);
	else if (choice < 75)
		make_fcmov(test_case);
	else if (choice < 95)
		make_fcomi(test_case);
	else
		make_nop(test_case);

	if (test_case->address)
		set_window(test_case);
}
