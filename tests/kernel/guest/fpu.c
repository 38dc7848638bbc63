/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FCMOVcc and F(U)COMI(P): conditions, all classes of numbers, empty registers, masked and unmasked exceptions. */
#include "conditions.h"
#include "tap.h"

enum { MASKED = 0xffff037f, UNMASKED = 0xffff0340, INVALID = 1, DENORMAL = 2, ZERO_DIVIDE = 4, STACK_FAULT = 0x40,
       SUMMARY = 0x80, C1 = 0x200, FPE_FLTDIV = 3, TRAP_FPU = 16 };

struct number {
	u64 significand;
	u16 sign_and_exponent;
};

/* In ascending order, and then those without an order. */
static const struct number numbers[] = {
	{ 0x8000000000000000, 0xffff }, /* -infinity */
	{ 0x8000000000000000, 0xc000 }, /* -2 */
	{ 0x8000000000000000, 0xbfff }, /* -1 */
	{ 1, 0x8000 },			/* negative denormal */
	{ 0, 0 },			/* 0 */
	{ 1, 0 },			/* denormal */
	{ 0x8000000000000000, 0x0001 }, /* smallest normal */
	{ 0x8000000000000000, 0x3fff }, /* 1 */
	{ 0x8000000000000001, 0x3fff }, /* a little more than 1 */
	{ 0xffffffffffffffff, 0x7ffe }, /* greatest */
	{ 0x8000000000000000, 0x7fff }, /* infinity */
	{ 0xc000000000000000, 0x7fff }, /* quiet NaN */
	{ 0x8000000000000001, 0x7fff }, /* signalling NaN */
	{ 0x4000000000000000, 0x7fff }, /* pseudo-NaN */
	{ 0, 0x7fff },			/* pseudo-infinity */
	{ 0x4000000000000000, 0x3fff }, /* unnormal */
};

enum { FIRST_UNORDERED = 11, QUIET_NAN = 11, NUMBERS = ARRAY_SIZE(numbers), NEGATIVE_DENORMAL = 3, POSITIVE_DENORMAL = 5 };
enum { FUCOMI = 0xdbe8, FCOMI = 0xdbf0, FUCOMIP = 0xdfe8, FCOMIP = 0xdff0 };

static const u16 comparisons[] = { FUCOMI, FCOMI, FUCOMIP, FCOMIP };

static void prepare(struct cpu_state *state, u32 control, const struct number *first, const struct number *other,
		    u32 other_register)
{
	memset(state, 0, sizeof(*state));
	fpu_initial(&state->fpu);
	state->fpu.control = control;
	state->fpu.tags = 0xffff0000;
	state->flags = FLAGS_ALWAYS | OF | SF | AF;
	memcpy(state->fpu.registers[0], first, 10);
	memcpy(state->fpu.registers[other_register], other, 10);
}

static void run(u32 opcode, u32 other_register, struct cpu_state *state, struct fault *fault)
{
	const u8 instruction[] = { (u8)(opcode >> 8), (u8)(opcode + other_register) };

	execute(instruction, sizeof(instruction), state, fault);
}

static int pops(u32 opcode)
{
	return opcode >> 8 == 0xdf;
}

static int is_quiet(u32 opcode)
{
	return (opcode & 0xf8) == 0xe8;
}

/* FNSAVE writes nothing of meaning into the upper half. */
static u32 status_word(const struct cpu_state *state)
{
	return state->fpu.status & 0xffff;
}

static void check_comparison(u32 opcode, u32 a, u32 b)
{
	u32 flags = a == b ? ZF : a < b ? CF : 0, exceptions = 0;
	struct cpu_state state;
	struct fault fault;

	if (a >= FIRST_UNORDERED || b >= FIRST_UNORDERED) {
		flags = ZF | PF | CF;
		if (a > QUIET_NAN || b > QUIET_NAN || !is_quiet(opcode))
			exceptions = INVALID;
	} else if (a == NEGATIVE_DENORMAL || a == POSITIVE_DENORMAL || b == NEGATIVE_DENORMAL || b == POSITIVE_DENORMAL) {
		exceptions = DENORMAL;
	}

	prepare(&state, MASKED, &numbers[a], &numbers[b], 3);
	run(opcode, 3, &state, &fault);
	EXPECT_EQUAL(fault.signal, 0);
	EXPECT(state.flags == (FLAGS_ALWAYS | flags), "numbers %u and %u: flags are %x", a, b, state.flags);
	EXPECT(status_word(&state) == (exceptions | (pops(opcode) ? 1u << 11 : 0)),
	       "numbers %u and %u: status is %x", a, b, status_word(&state));
	EXPECT_EQUAL((state.fpu.tags & 3) == 3, pops(opcode));
	EXPECT_EQUAL(memcmp(state.fpu.registers[pops(opcode) ? 2 : 3], &numbers[b], 10), 0);
}

TEST(every_comparison_of_every_pair_of_classes)
{
	for (u32 i = 0; i < ARRAY_SIZE(comparisons); i++)
		for (u32 a = 0; a < NUMBERS; a++)
			for (u32 b = 0; b < NUMBERS; b++)
				check_comparison(comparisons[i], a, b);
}

TEST(zeros_of_both_signs_are_equal)
{
	static const struct number minus_zero = { 0, 0x8000 };
	struct cpu_state state;
	struct fault fault;

	prepare(&state, MASKED, &minus_zero, &numbers[4], 1);
	run(FCOMI, 1, &state, &fault);
	EXPECT_EQUAL(state.flags, FLAGS_ALWAYS | ZF);
}

TEST(comparison_with_an_empty_register)
{
	for (u32 i = 0; i < ARRAY_SIZE(comparisons); i++)
		for (u32 empty = 0; empty < 8; empty += 7) {
			struct cpu_state state;
			struct fault fault;

			prepare(&state, MASKED, &numbers[7], &numbers[7], 7);
			state.fpu.tags |= 3u << (2 * empty);
			state.fpu.status |= C1;
			run(comparisons[i], 7, &state, &fault);
			EXPECT_EQUAL(fault.signal, 0);
			EXPECT_EQUAL(state.flags, FLAGS_ALWAYS | ZF | PF | CF);
			EXPECT_EQUAL(status_word(&state),
				     INVALID | STACK_FAULT | (pops(comparisons[i]) ? 1u << 11 : 0));
		}
}

TEST(unmasked_invalid_comparison_does_not_pop)
{
	struct cpu_state state;
	struct fault fault;

	prepare(&state, UNMASKED, &numbers[FIRST_UNORDERED + 1], &numbers[7], 1);
	run(FCOMIP, 1, &state, &fault);
	EXPECT_EQUAL(fault.signal, 0);
	EXPECT_EQUAL(state.fpu.status & (INVALID | SUMMARY), INVALID | SUMMARY);
	EXPECT_EQUAL(state.fpu.status >> 11 & 7, 0);
	EXPECT_EQUAL((state.fpu.tags & 3) == 3, 0);
}

static void check_pending(u32 opcode)
{
	struct cpu_state state, before;
	struct fault fault;

	prepare(&state, UNMASKED, &numbers[7], &numbers[2], 1);
	state.fpu.status |= ZERO_DIVIDE | SUMMARY | 0x8000;
	before = state;
	run(opcode, 1, &state, &fault);
	EXPECT_EQUAL(fault.signal, SIGFPE);
	EXPECT_EQUAL(fault.code, FPE_FLTDIV);
	EXPECT_EQUAL(fault.ip, 0);
	EXPECT_EQUAL(fault.address, 0x30000000);
	EXPECT_EQUAL(fault.trap, TRAP_FPU);
	EXPECT_EQUAL(state.flags & ~(u32)RF, before.flags);
	EXPECT_EQUAL(memcmp(state.fpu.registers, before.fpu.registers, sizeof(before.fpu.registers)), 0);
}

TEST(pending_exception_comes_before_the_instruction)
{
	check_pending(FCOMI);
	check_pending(0xdac8); /* fcmove */
}

/* Each with the number of the same condition of Jcc. */
static const struct {
	u16 opcode;
	u8 condition;
} moves[] = {
	{ 0xdac0, 2 }, { 0xdac8, 4 }, { 0xdad0, 6 }, { 0xdad8, 10 },
	{ 0xdbc0, 3 }, { 0xdbc8, 5 }, { 0xdbd0, 7 }, { 0xdbd8, 11 },
};

static void check_move(u32 opcode, u32 source, int moves_it, u32 flags)
{
	struct cpu_state state;
	struct fault fault;

	prepare(&state, MASKED, &numbers[7], &numbers[9], source);
	state.flags = FLAGS_ALWAYS | flags;
	run(opcode, source, &state, &fault);
	EXPECT_EQUAL(fault.signal, 0);
	EXPECT_EQUAL(memcmp(state.fpu.registers[0], &numbers[moves_it ? 9 : 7], 10), 0);
	EXPECT_EQUAL(state.flags, FLAGS_ALWAYS | flags);
	EXPECT_EQUAL(status_word(&state), 0);
}

TEST(every_fcmov_with_every_flag_combination)
{
	for (u32 i = 0; i < ARRAY_SIZE(moves); i++)
		for (u32 number = 0; number < FLAG_COMBINATIONS; number++) {
			u32 flags = flag_combination(number);

			check_move(moves[i].opcode, 1 + number % 7, condition_holds(moves[i].condition, flags), flags);
		}
}

TEST(fcmov_from_an_empty_register)
{
	static const u8 indefinite[] = { 0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff };

	for (u32 zero = 0; zero < 2; zero++) {
		struct cpu_state state;
		struct fault fault;

		prepare(&state, MASKED, &numbers[7], &numbers[9], 1);
		state.fpu.tags |= 3 << 2;
		state.flags = FLAGS_ALWAYS | (zero ? ZF : 0);
		run(0xdac8, 1, &state, &fault);
		EXPECT_EQUAL(fault.signal, 0);
		EXPECT_EQUAL(status_word(&state), INVALID | STACK_FAULT);
		EXPECT_EQUAL(memcmp(state.fpu.registers[0], indefinite, sizeof(indefinite)), 0);
	}
}

TEST(locked_fpu_instructions_are_invalid_opcodes)
{
	static const u8 opcodes[][2] = { { 0xdb, 0xe9 }, { 0xdf, 0xf1 }, { 0xda, 0xc1 } };

	for (u32 i = 0; i < ARRAY_SIZE(opcodes); i++) {
		const u8 instruction[] = { 0xf0, opcodes[i][0], opcodes[i][1] };
		struct cpu_state state;
		struct fault fault;

		prepare(&state, MASKED, &numbers[7], &numbers[9], 1);
		execute(instruction, sizeof(instruction), &state, &fault);
		EXPECT_EQUAL(fault.signal, SIGILL);
		EXPECT_EQUAL(fault.ip, 0);
	}
}
