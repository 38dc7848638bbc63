/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signal handlers that mend what made an emulated instruction fault, and return to it. */
#include "signals.h"
#include "tap.h"

static u32 *page;
static u32 faults;

static void mend(int signal, const struct signal_information *information, struct user_context *context)
{
	(void)signal;
	(void)information;
	(void)context;
	faults++;
	protect((u32)page, PAGE_SIZE, PROT_READ | PROT_WRITE);
}

TEST(cmov_is_restarted_after_the_handler)
{
	u32 result = 1;

	page = map(0, PAGE_SIZE, PROT_READ | PROT_WRITE);
	*page = 4711;
	protect((u32)page, PAGE_SIZE, PROT_NONE);
	handle_signal(SIGSEGV, mend);
	faults = 0;
	if (forced)
		asm volatile("cmpl %%eax, %%eax; .byte 0x0f, 0x0b; .ascii \"686\"; cmovel (%1), %0"
			     : "+r"(result) : "r"(page) : "memory", "cc");
	else
		asm volatile("cmpl %%eax, %%eax; cmovel (%1), %0" : "+r"(result) : "r"(page) : "memory", "cc");
	EXPECT_EQUAL(result, 4711);
	EXPECT_EQUAL(faults, 1);
}

TEST(cmpxchg8b_is_restarted_after_the_handler)
{
	u32 low = 0, high = 0;

	page = map(0, PAGE_SIZE, PROT_READ);
	handle_signal(SIGSEGV, mend);
	faults = 0;
	if (forced)
		asm volatile(".byte 0x0f, 0x0b; .ascii \"686\"; lock; cmpxchg8b (%2)"
			     : "+a"(low), "+d"(high) : "S"(page), "b"(1), "c"(2) : "memory", "cc");
	else
		asm volatile("lock; cmpxchg8b (%2)"
			     : "+a"(low), "+d"(high) : "S"(page), "b"(1), "c"(2) : "memory", "cc");
	EXPECT_EQUAL(page[0], 1);
	EXPECT_EQUAL(page[1], 2);
	EXPECT_EQUAL(faults, 1);
}
