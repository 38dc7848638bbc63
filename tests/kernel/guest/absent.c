/* SPDX-License-Identifier: GPL-2.0-or-later */
/* On a CPU that has all instructions, nothing of the emulation is to be seen. */
#include "kernel_log.h"
#include "tap.h"

TEST(no_counters)
{
	char text[32];

	EXPECT_EQUAL(read_file("/sys/kernel/i686_emulation/cmov", text, sizeof(text)), -2 /* ENOENT */);
}

TEST(no_notice_in_the_log)
{
	EXPECT_EQUAL(count_in_kernel_log("i686 emulation"), 0);
}

TEST(the_prefix_of_the_self_test_is_an_invalid_opcode)
{
	static const u8 instruction[] = { 0x0f, 0x44, 0xd8 };
	struct cpu_state state;
	struct fault fault;

	memset(&state, 0, sizeof(state));
	fpu_initial(&state.fpu);
	state.flags = FLAGS_ALWAYS;
	use_force_prefix();
	execute(instruction, sizeof(instruction), &state, &fault);
	EXPECT_EQUAL(fault.signal, SIGILL);
	EXPECT_EQUAL(fault.ip, 0);
}
