/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "signals.h"

enum { SA_SIGINFO = 4, SA_RESTORER = 0x04000000, SA_ONSTACK = 0x08000000 };
/* Else a random stack pointer that happens to lie in the signal stack counts as a signal within a signal. */
static const u32 SS_AUTODISARM = 1u << 31;

struct kernel_action {
	signal_handler *handler;
	u32 flags;
	void (*restorer)(void);
	u32 mask[2];
};

void return_from_signal(void);
asm(".pushsection .text\n"
    ".globl return_from_signal\n"
    "return_from_signal:\n"
    "	movl $173, %eax\n"
    "	int $0x80\n"
    ".popsection\n");

/* The kernel calls handlers with arguments on the stack and the direction flag clear. */
void handle_signal(int signal, signal_handler *handler)
{
	struct kernel_action action = { handler, SA_SIGINFO | SA_RESTORER | SA_ONSTACK, return_from_signal, { 0, 0 } };
	long result = CALL4(NR_rt_sigaction, signal, &action, 0, sizeof(action.mask));

	if (result)
		die("cannot handle signal %d: error %d\n", signal, (int)-result);
}

void use_signal_stack(void *stack, u32 size)
{
	struct {
		void *stack;
		u32 flags, size;
	} alternate = { stack, SS_AUTODISARM, size };
	long result = CALL2(NR_sigaltstack, &alternate, 0);

	if (result)
		die("cannot use a signal stack: error %d\n", (int)-result);
}
