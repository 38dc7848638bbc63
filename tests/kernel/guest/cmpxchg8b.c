/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CMPXCHG8B with and without LOCK, at every distance from a page boundary. */
#include "arena.h"
#include "tap.h"

static const u8 plain[] = { 0x0f, 0xc7, 0x0e };	       /* cmpxchg8b (%esi) */
static const u8 locked[] = { 0xf0, 0x0f, 0xc7, 0x0e }; /* lock cmpxchg8b (%esi) */

static void check(const u8 *instruction, u32 size, u32 address, int equal, u32 flags)
{
	const u32 memory[2] = { 0x01234567, 0x89abcdef };
	struct cpu_state state;
	struct fault fault;
	u32 after[2];

	memset(&state, 0, sizeof(state));
	fpu_initial(&state.fpu);
	state.flags = FLAGS_ALWAYS | flags;
	state.general[ESI] = address;
	state.general[EAX] = memory[0];
	state.general[EDX] = equal ? memory[1] : ~memory[1];
	state.general[EBX] = 0xb0b0b0b0;
	state.general[ECX] = 0xc1c1c1c1;
	memcpy((void *)address, memory, sizeof(memory));
	execute(instruction, size, &state, &fault);
	memcpy(after, (void *)address, sizeof(after));

	EXPECT_EQUAL(fault.signal, 0);
	EXPECT_EQUAL(after[0], equal ? 0xb0b0b0b0 : memory[0]);
	EXPECT_EQUAL(after[1], equal ? 0xc1c1c1c1 : memory[1]);
	EXPECT_EQUAL(state.general[EAX], memory[0]);
	EXPECT_EQUAL(state.general[EDX], memory[1]);
	EXPECT_EQUAL(state.general[EBX], 0xb0b0b0b0);
	EXPECT_EQUAL(state.general[ECX], 0xc1c1c1c1);
	EXPECT_EQUAL(state.flags, FLAGS_ALWAYS | (flags & ~(u32)ZF) | (equal ? ZF : 0));
}

static void check_all(const u8 *instruction, u32 size, int equal)
{
	static const u32 all = CF | PF | AF | ZF | SF | OF;

	arena_prepare();
	for (u32 offset = 0; offset <= 16; offset++) {
		check(instruction, size, ARENA + PAGE_SIZE - offset, equal, 0);
		check(instruction, size, ARENA + PAGE_SIZE - offset, equal, all);
	}
}

TEST(equal)
{
	check_all(plain, sizeof(plain), 1);
}

TEST(not_equal)
{
	check_all(plain, sizeof(plain), 0);
}

TEST(equal_with_lock)
{
	check_all(locked, sizeof(locked), 1);
}

TEST(not_equal_with_lock)
{
	check_all(locked, sizeof(locked), 0);
}

TEST(register_forms_are_invalid_opcodes)
{
	for (u32 modrm = 0xc8; modrm < 0xd0; modrm++)
		for (int lock = 0; lock < 2; lock++) {
			const u8 instruction[] = { lock ? 0xf0 : 0x3e, 0x0f, 0xc7, (u8)modrm };
			struct cpu_state state;
			struct fault fault;

			memset(&state, 0, sizeof(state));
			fpu_initial(&state.fpu);
			state.flags = FLAGS_ALWAYS;
			execute(instruction, sizeof(instruction), &state, &fault);
			EXPECT_EQUAL(fault.signal, SIGILL);
			EXPECT_EQUAL(fault.ip, 0);
		}
}
