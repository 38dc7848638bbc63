/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What QEMU executes itself for every CPU, tested behind the forced-emulation prefix: RDTSC, CPUID, NOPs, ENDBR32. */
#include "arena.h"
#include "tap.h"

enum { PR_SET_TSC = 26, PR_TSC_ENABLE = 1, PR_TSC_SIGSEGV = 2, TRAP_PROTECTION = 13 };

static void run(const u8 *instruction, u32 size, struct cpu_state *state, struct fault *fault)
{
	use_force_prefix();
	fpu_initial(&state->fpu);
	state->flags = FLAGS_ALWAYS | CF | ZF;
	execute(instruction, size, state, fault);
}

static const u8 rdtsc[] = { 0x0f, 0x31 };
static const u8 cpuid[] = { 0x0f, 0xa2 };

TEST(rdtsc_never_goes_back)
{
	u64 last = 0;

	for (u32 i = 0; i < 1000; i++) {
		struct cpu_state state;
		struct fault fault;
		u64 now;

		memset(&state, 0x55, sizeof(state));
		run(rdtsc, sizeof(rdtsc), &state, &fault);
		EXPECT_EQUAL(fault.signal, 0);
		now = (u64)state.general[EDX] << 32 | state.general[EAX];
		EXPECT(now >= last, "step %u went back", i);
		EXPECT_EQUAL(state.general[ECX], 0x55555555);
		EXPECT_EQUAL(state.flags, FLAGS_ALWAYS | CF | ZF);
		last = now;
	}
	EXPECT(last > 0, "the clock stands still");
}

TEST(rdtsc_can_be_forbidden)
{
	struct cpu_state state;
	struct fault fault;

	EXPECT_EQUAL(CALL2(NR_prctl, PR_SET_TSC, PR_TSC_SIGSEGV), 0);
	memset(&state, 0, sizeof(state));
	run(rdtsc, sizeof(rdtsc), &state, &fault);
	CALL2(NR_prctl, PR_SET_TSC, PR_TSC_ENABLE);
	EXPECT_EQUAL(fault.signal, SIGSEGV);
	EXPECT_EQUAL(fault.code, SI_KERNEL);
	EXPECT_EQUAL(fault.ip, 0);
	EXPECT_EQUAL(fault.trap, TRAP_PROTECTION);

	run(rdtsc, sizeof(rdtsc), &state, &fault);
	EXPECT_EQUAL(fault.signal, 0);
}

static void run_cpuid(u32 leaf, struct cpu_state *state, struct fault *fault)
{
	memset(state, 0, sizeof(*state));
	state->general[EAX] = leaf;
	run(cpuid, sizeof(cpuid), state, fault);
}

/* QEMU's CPUs all have the real instruction to compare with. */
TEST(cpuid_says_what_the_cpu_says)
{
	struct cpu_state state;
	struct fault fault;
	u32 a, b, c, d;

	run_cpuid(0, &state, &fault);
	EXPECT_EQUAL(fault.signal, 0);
	asm volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(0), "c"(0));
	EXPECT_EQUAL(state.general[EAX], 1);
	EXPECT_EQUAL(state.general[EBX], b);
	EXPECT_EQUAL(state.general[EDX], d);
	EXPECT_EQUAL(state.general[ECX], c);

	run_cpuid(1, &state, &fault);
	EXPECT_EQUAL(fault.signal, 0);
	asm volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(1), "c"(0));
	EXPECT_EQUAL(state.general[EAX], a & 0xfff);
	/* The kernel may have turned features off, but it invents none of the instruction set's. */
	EXPECT_EQUAL(state.general[EDX] & ~d & (1 << 15 | 1 << 8 | 1 << 4 | 1 << 23), 0);
	EXPECT_EQUAL(state.general[EDX] & 1, d & 1);

	run_cpuid(0x80000000, &state, &fault);
	EXPECT_EQUAL(state.general[EAX], 0);
}

static void check_nop(const u8 *instruction, u32 size)
{
	struct cpu_state state, before;
	struct fault fault;

	memset(&state, 0x11, sizeof(state));
	before = state;
	run(instruction, size, &state, &fault);
	EXPECT(fault.signal == 0, "opcode %x modrm %x: signal %d", instruction[1], instruction[2], fault.signal);
	EXPECT_EQUAL(memcmp(state.general, before.general, sizeof(state.general)), 0);
	EXPECT_EQUAL(state.flags, FLAGS_ALWAYS | CF | ZF);
}

/* Bytes of an instruction with this ModRM, whose SIB byte and displacement are 0. */
static u32 operand_size(u8 modrm)
{
	u32 mod = modrm >> 6, rm = modrm & 7;

	if (mod == 3)
		return 1;
	/* SIB byte 0 has a base */
	return 1 + (rm == 4) + (mod == 1 ? 1 : mod == 2 || (mod == 0 && rm == 5) ? 4 : 0);
}

TEST(nops_with_every_operand_touch_nothing)
{
	for (u32 opcode = 0x18; opcode < 0x20; opcode++)
		for (u32 modrm = 0; modrm < 256; modrm++) {
			u8 instruction[16] = { 0x0f, (u8)opcode, (u8)modrm };

			check_nop(instruction, 2 + operand_size((u8)modrm));
		}
}

TEST(long_nops_of_assemblers)
{
	static const u8 nine[] = { 0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0 };
	static const u8 ten[] = { 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0 };

	check_nop(nine, sizeof(nine));
	check_nop(ten, sizeof(ten));
}

TEST(endbr32)
{
	static const u8 instruction[] = { 0xf3, 0x0f, 0x1e, 0xfb };

	check_nop(instruction, sizeof(instruction));
}

TEST(locked_forms_are_invalid_opcodes)
{
	static const u8 instructions[][4] = {
		{ 0xf0, 0x0f, 0x31, 0x90 }, { 0xf0, 0x0f, 0xa2, 0x90 }, { 0xf0, 0x0f, 0x1f, 0xc0 }, { 0xf0, 0x0f, 0x1f, 0x00 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(instructions); i++) {
		struct cpu_state state;
		struct fault fault;

		memset(&state, 0, sizeof(state));
		run(instructions[i], sizeof(instructions[i]), &state, &fault);
		EXPECT_EQUAL(fault.signal, SIGILL);
		EXPECT_EQUAL(fault.ip, 0);
	}
}

TEST(other_instructions_are_not_emulated_behind_the_prefix)
{
	static const u8 instructions[][3] = { { 0x90, 0x90, 0x90 }, { 0x0f, 0x0b, 0x90 }, { 0xda, 0xe9, 0x90 }, { 0xdb, 0xe3, 0x90 } };

	for (u32 i = 0; i < ARRAY_SIZE(instructions); i++) {
		struct cpu_state state;
		struct fault fault;

		memset(&state, 0, sizeof(state));
		run(instructions[i], sizeof(instructions[i]), &state, &fault);
		EXPECT_EQUAL(fault.signal, SIGILL);
	}
}
