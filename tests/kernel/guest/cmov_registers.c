/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CMOVcc between registers: all conditions, all pairs of registers, both operand sizes. */
#include "conditions.h"
#include "tap.h"

static void prepare(struct cpu_state *state, u32 flags)
{
	memset(state, 0, sizeof(*state));
	fpu_initial(&state->fpu);
	for (u32 i = 0; i < GENERAL_REGISTERS; i++)
		state->general[i] = 0x11111111 * (i + 1) ^ 0x00ff0000;
	state->flags = FLAGS_ALWAYS | flags;
}

static void check_move(const u8 *instruction, u32 size, u32 destination, u32 source, int moves, int is_16, u32 flags)
{
	struct cpu_state state, expected;
	struct fault fault;

	prepare(&state, flags);
	expected = state;
	if (moves && is_16)
		expected.general[destination] =
			(state.general[destination] & 0xffff0000) | (state.general[source] & 0xffff);
	else if (moves)
		expected.general[destination] = state.general[source];

	execute(instruction, size, &state, &fault);
	EXPECT_EQUAL(fault.signal, 0);
	for (u32 i = 0; i < GENERAL_REGISTERS; i++)
		EXPECT(state.general[i] == expected.general[i], "register %u is %x, should be %x", i, state.general[i],
		       expected.general[i]);
	EXPECT_EQUAL(state.flags & ~(u32)RF, expected.flags);
}

TEST(cmov_every_condition_with_every_flag_combination)
{
	for (u32 condition = 0; condition < 16; condition++)
		for (u32 number = 0; number < FLAG_COMBINATIONS; number++) {
			const u8 instruction[] = { 0x0f, (u8)(0x40 + condition), 0xd8 }; /* cmovcc %eax, %ebx */
			u32 flags = flag_combination(number);

			check_move(instruction, sizeof(instruction), EBX, EAX, condition_holds(condition, flags), 0, flags);
		}
}

TEST(cmov_every_pair_of_registers)
{
	for (u32 modrm = 0xc0; modrm < 0x100; modrm++)
		for (u32 condition = 4; condition < 6; condition++) {
			const u8 instruction[] = { 0x0f, (u8)(0x40 + condition), (u8)modrm };

			check_move(instruction, sizeof(instruction), modrm >> 3 & 7, modrm & 7, condition == 4, 0, ZF);
		}
}

TEST(cmov_16_bit_keeps_the_upper_half)
{
	for (u32 modrm = 0xc0; modrm < 0x100; modrm++)
		for (u32 condition = 4; condition < 6; condition++) {
			const u8 instruction[] = { 0x66, 0x0f, (u8)(0x40 + condition), (u8)modrm };

			check_move(instruction, sizeof(instruction), modrm >> 3 & 7, modrm & 7, condition == 4, 1, ZF);
		}
}

TEST(cmov_ignores_prefixes_without_meaning)
{
	static const u8 prefixes[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x67, 0xf2, 0xf3 };

	for (u32 i = 0; i < ARRAY_SIZE(prefixes); i++) {
		const u8 instruction[] = { prefixes[i], 0x0f, 0x44, 0xd8 };

		check_move(instruction, sizeof(instruction), EBX, EAX, 1, 0, ZF);
	}
}

TEST(cmov_with_as_many_prefixes_as_fit)
{
	u8 instruction[15];

	memset(instruction, 0x3e, sizeof(instruction));
	instruction[12] = 0x0f;
	instruction[13] = 0x44;
	instruction[14] = 0xd8;
	check_move(instruction, sizeof(instruction), EBX, EAX, 1, 0, ZF);
}

TEST(locked_cmov_is_an_invalid_opcode)
{
	static const u8 instruction[] = { 0xf0, 0x0f, 0x44, 0xd8 };
	struct cpu_state state;
	struct fault fault;

	prepare(&state, ZF);
	execute(instruction, sizeof(instruction), &state, &fault);
	EXPECT_EQUAL(fault.signal, SIGILL);
	EXPECT_EQUAL(fault.code, ILL_ILLOPN);
	EXPECT_EQUAL(fault.ip, 0);
	EXPECT_EQUAL(fault.trap, 6);
	EXPECT_EQUAL(state.general[EBX], 0x11111111 * 4 ^ 0x00ff0000);
}

TEST(cmov_at_the_end_of_the_last_page)
{
	static const u8 instruction[] = { 0x0f, 0x44, 0xd8 };
	struct cpu_state state;
	struct fault fault;

	prepare(&state, ZF);
	execute_at_page_end(instruction, sizeof(instruction), &state, &fault);
	EXPECT_EQUAL(state.general[EBX], state.general[EAX]);
	/* Only the instruction after it faults. */
	EXPECT_EQUAL(fault.signal, SIGSEGV);
	EXPECT_EQUAL(fault.code, SEGV_MAPERR);
	EXPECT_EQUAL(fault.ip, sizeof(instruction));
}

TEST(truncated_cmov_faults_behind_the_page)
{
	static const u8 instruction[] = { 0x0f, 0x44 };
	struct cpu_state state;
	struct fault fault;

	prepare(&state, ZF);
	execute_at_page_end(instruction, sizeof(instruction), &state, &fault);
	EXPECT_EQUAL(fault.signal, SIGSEGV);
	EXPECT_EQUAL(fault.code, SEGV_MAPERR);
	EXPECT_EQUAL(fault.address, 0x30001000);
	EXPECT_EQUAL(fault.ip, 0);
}
