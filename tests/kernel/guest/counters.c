/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The counters of the emulation, and its notice in the kernel's log. */
#include "kernel_log.h"
#include "tap.h"

#define FOLDER "/sys/kernel/i686_emulation/"

enum { TIMES = 100 };

static int read_counter(const char *name, u32 *value)
{
	char path[80], text[32];
	long length;

	format_to(path, sizeof(path), FOLDER "%s", name);
	length = read_file(path, text, sizeof(text));
	if (length <= 0 || text[length - 1] != '\n')
		return 0;
	text[length - 1] = 0;
	*value = parse_number(text);
	return 1;
}

static void check_counter(const char *name, const u8 *instruction, u32 size)
{
	u32 before, after;

	EXPECT(read_counter(name, &before), "cannot read the counter %s", name);
	for (u32 i = 0; i < TIMES; i++) {
		struct cpu_state state;
		struct fault fault;

		memset(&state, 0, sizeof(state));
		fpu_initial(&state.fpu);
		state.flags = FLAGS_ALWAYS;
		execute(instruction, size, &state, &fault);
		EXPECT_EQUAL(fault.signal, 0);
	}
	EXPECT(read_counter(name, &after), "cannot read the counter %s", name);
	EXPECT_EQUAL(after - before, TIMES);
}

#define COUNTER_TEST(name, ...)                                                                                        \
	TEST(counter_##name)                                                                                           \
	{                                                                                                              \
		static const u8 instruction[] = { __VA_ARGS__ };                                                       \
		check_counter(#name, instruction, sizeof(instruction));                                                \
	}

COUNTER_TEST(cmov, 0x0f, 0x44, 0xd8)
COUNTER_TEST(fcmov, 0xda, 0xc9)
COUNTER_TEST(fcomi, 0xdb, 0xf1)

TEST(counter_cmpxchg8b)
{
	static u64 memory;
	u8 instruction[] = { 0x0f, 0xc7, 0x0d, 0, 0, 0, 0 };
	u32 address = (u32)&memory;

	memcpy(instruction + 3, &address, sizeof(address));
	check_counter("cmpxchg8b", instruction, sizeof(instruction));
}

/* Those that QEMU executes itself. */
#define FORCED_COUNTER_TEST(name, ...)                                                                                 \
	TEST(counter_##name)                                                                                           \
	{                                                                                                              \
		static const u8 instruction[] = { __VA_ARGS__ };                                                       \
		use_force_prefix();                                                                                    \
		check_counter(#name, instruction, sizeof(instruction));                                                \
	}

FORCED_COUNTER_TEST(rdtsc, 0x0f, 0x31)
FORCED_COUNTER_TEST(cpuid, 0x0f, 0xa2)
FORCED_COUNTER_TEST(nop, 0x0f, 0x1f, 0x00)
FORCED_COUNTER_TEST(endbr32, 0xf3, 0x0f, 0x1e, 0xfb)

TEST(faults_are_not_counted)
{
	static const u8 instruction[] = { 0x0f, 0x44, 0x18 }; /* cmove (%eax), %ebx */
	struct cpu_state state;
	struct fault fault;
	u32 before, after;

	memset(&state, 0, sizeof(state));
	fpu_initial(&state.fpu);
	state.flags = FLAGS_ALWAYS;
	EXPECT(read_counter("cmov", &before), "cannot read the counter");
	execute(instruction, sizeof(instruction), &state, &fault);
	EXPECT_EQUAL(fault.signal, SIGSEGV);
	EXPECT(read_counter("cmov", &after), "cannot read the counter");
	EXPECT_EQUAL(after, before);
}

TEST(one_notice_in_the_log)
{
	EXPECT_EQUAL(count_in_kernel_log("i686 emulation: "), 1);
	EXPECT_EQUAL(count_in_kernel_log("/sys/kernel/i686_emulation"), 1);
}
