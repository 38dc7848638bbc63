/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CMOVcc from memory: every addressing mode with 32 and 16 bits, every segment override, every condition. */
#include "arena.h"
#include "conditions.h"
#include "operands.h"
#include "random.h"
#include "tap.h"

enum { VALUE = 0x89abcdef, OLD = 0x12345678, ROUNDS = 4000 };

static void prepare(struct cpu_state *state, u32 flags)
{
	arena_prepare();
	memset(state, 0, sizeof(*state));
	fpu_initial(&state->fpu);
	for (u32 i = 0; i < GENERAL_REGISTERS; i++)
		state->general[i] = random_word();
	state->flags = FLAGS_ALWAYS | flags;
}

/* The destination is a register that the operand may use as well. */
static void check_load(u8 override, int operand_16, int address_16, u32 destination)
{
	static const u32 value = VALUE;
	struct encoding encoding = { { 0 }, 0 };
	struct cpu_state state, before;
	struct fault fault;
	u32 address = ARENA + 4 * random_below(1024), expected;

	prepare(&state, ZF);
	arena_write(address, (const u8 *)&value, sizeof(value));
	if (override)
		emit(&encoding, override);
	if (operand_16)
		emit(&encoding, 0x66);
	if (address_16)
		emit(&encoding, 0x67);
	emit(&encoding, 0x0f);
	emit(&encoding, 0x44);
	emit_memory_operand(&encoding, &state, address, override, address_16, destination);

	before = state;
	expected = operand_16 ? (state.general[destination] & 0xffff0000) | (VALUE & 0xffff) : VALUE;
	execute(encoding.bytes, encoding.size, &state, &fault);
	EXPECT_EQUAL(fault.signal, 0);
	EXPECT_EQUAL(state.general[destination], expected);
	for (u32 i = 0; i < GENERAL_REGISTERS; i++)
		EXPECT(i == destination || state.general[i] == before.general[i], "register %u is %x, should be %x", i,
		       state.general[i], before.general[i]);
}

TEST(loads_with_32_bit_addressing)
{
	random_start(1, 0);
	for (u32 i = 0; i < ROUNDS; i++)
		check_load(OVERRIDE_NONE, i & 1, 0, i >> 1 & 7);
}

TEST(loads_with_segment_overrides)
{
	static const u8 overrides[] = { OVERRIDE_ES, OVERRIDE_CS, OVERRIDE_SS, OVERRIDE_DS, OVERRIDE_FS, OVERRIDE_GS };

	random_start(2, 0);
	for (u32 i = 0; i < ROUNDS; i++)
		check_load(overrides[i % ARRAY_SIZE(overrides)], i & 1, 0, i >> 3 & 7);
}

TEST(loads_with_16_bit_addressing)
{
	random_start(3, 0);
	for (u32 i = 0; i < ROUNDS; i++)
		check_load(i & 8 ? OVERRIDE_FS : OVERRIDE_GS, i & 1, 1, i >> 4 & 7);
}

TEST(every_condition_from_memory)
{
	const u32 value = VALUE;

	random_start(4, 0);
	for (u32 condition = 0; condition < 16; condition++)
		for (u32 number = 0; number < FLAG_COMBINATIONS; number++) {
			const u8 instruction[] = { 0x0f, (u8)(0x40 + condition), 0x1e }; /* cmovcc (%esi), %ebx */
			u32 flags = flag_combination(number);
			struct cpu_state state;
			struct fault fault;

			prepare(&state, flags);
			arena_write(ARENA, (const u8 *)&value, sizeof(value));
			state.general[ESI] = ARENA;
			state.general[EBX] = OLD;
			execute(instruction, sizeof(instruction), &state, &fault);
			EXPECT_EQUAL(fault.signal, 0);
			EXPECT_EQUAL(state.general[EBX], condition_holds(condition, flags) ? VALUE : OLD);
			EXPECT_EQUAL(state.flags, FLAGS_ALWAYS | flags);
		}
}
