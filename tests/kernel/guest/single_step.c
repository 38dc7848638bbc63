/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single-stepping over emulated instructions, by EFLAGS.TF and by ptrace. */
#include "signals.h"
#include "tap.h"

enum { PTRACE_TRACEME = 0, PTRACE_PEEKUSER = 3, PTRACE_CONT = 7, PTRACE_SINGLESTEP = 9, USER_EIP = 12 * 4,
       USER_DR6 = 252 + 6 * 4, DR6_STEP = 1 << 14, MAXIMUM_STEPS = 32 };

static u32 steps[MAXIMUM_STEPS], step_count, wrong_code;

static void note_step(int signal, const struct signal_information *information, struct user_context *context)
{
	(void)signal;
	if (information->code != TRAP_TRACE || information->address != context->machine.eip)
		wrong_code = 1;
	if (step_count < MAXIMUM_STEPS)
		steps[step_count++] = context->machine.eip;
}

/* Two emulated instructions between two of the CPU's own; the trap flag is set by the first POPF. */
void stepped(void);
extern const u8 stepped_end[];
extern u8 stepped_cmov[], stepped_fcomi[];
asm(".pushsection .text\n"
    ".globl stepped, stepped_end, stepped_cmov, stepped_fcomi\n"
    "stepped:\n"
    "	fninit\n"
    "	fldz\n"
    "	pushl $0x302\n"
    "	popfl\n"
    "	nop\n"
    "stepped_cmov:\n"
    "	cmovne %eax, %ecx\n"
    "stepped_fcomi:\n"
    "	fcomi %st(0), %st\n"
    "	pushl $0x202\n"
    "	popfl\n"
    "stepped_end:\n"
    "	ret\n"
    ".popsection\n");

TEST(trap_flag)
{
	handle_signal(SIGTRAP, note_step);
	step_count = wrong_code = 0;
	stepped();
	/* After NOP, CMOV, FCOMI, PUSH and POPF. */
	EXPECT_EQUAL(step_count, 5);
	EXPECT_EQUAL(steps[0], stepped_cmov);
	EXPECT_EQUAL(steps[1], stepped_fcomi);
	EXPECT_EQUAL(steps[2], stepped_fcomi + 2);
	EXPECT_EQUAL(steps[4], stepped_end);
	EXPECT_EQUAL(wrong_code, 0);
}

static long peek(long child, u32 offset)
{
	long value = -1;

	CALL4(NR_ptrace, PTRACE_PEEKUSER, child, offset, &value);
	return value;
}

TEST(ptrace_single_step)
{
	int status = 0, after_cmov = 0, after_fcomi = 0, shown_in_dr6 = 1;
	long child = CALL0(NR_fork);

	if (child == 0) {
		CALL4(NR_ptrace, PTRACE_TRACEME, 0, 0, 0);
		CALL2(NR_kill, CALL0(NR_getpid), SIGSTOP);
		asm volatile("fninit; fldz; jmp stepped_cmov_without_flag" : : : "memory");
		__builtin_unreachable();
	}

	CALL4(NR_wait4, child, &status, 0, 0);
	EXPECT_EQUAL(status, SIGSTOP << 8 | 0x7f);
	for (int i = 0; i < 1000; i++) {
		u32 before = (u32)peek(child, USER_EIP), now;

		EXPECT_EQUAL(CALL4(NR_ptrace, PTRACE_SINGLESTEP, child, 0, 0), 0);
		CALL4(NR_wait4, child, &status, 0, 0);
		if (status != (SIGTRAP << 8 | 0x7f))
			break;
		now = (u32)peek(child, USER_EIP);
		if (!(peek(child, USER_DR6) & DR6_STEP))
			shown_in_dr6 = 0;
		extern const u8 traced_cmov[], traced_fcomi[], traced_end[];
		after_cmov += before == (u32)traced_cmov && now == (u32)traced_fcomi;
		after_fcomi += before == (u32)traced_fcomi && now == (u32)traced_end;
	}
	EXPECT_EQUAL(after_cmov, 1);
	EXPECT_EQUAL(after_fcomi, 1);
	EXPECT_EQUAL(shown_in_dr6, 1);
	/* It ends with the number that CMOV has put there. */
	EXPECT_EQUAL(status, 42 << 8);
}

asm(".pushsection .text\n"
    ".globl traced_cmov, traced_fcomi, traced_end\n"
    "stepped_cmov_without_flag:\n"
    "	movl $42, %ecx\n"
    "	xorl %ebx, %ebx\n"
    "traced_cmov:\n"
    "	cmove %ecx, %ebx\n"
    "traced_fcomi:\n"
    "	fcomi %st(0), %st\n"
    "traced_end:\n"
    "	movl $1, %eax\n"
    "	int $0x80\n"
    ".popsection\n");
