/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two threads count up one 64-bit number with LOCK CMPXCHG8B; nothing may get lost and no half be seen alone. */
#include "start_thread.h"
#include "tap.h"

enum { ROUNDS = 20000, STACK = 16384 };

static u64 number __attribute__((aligned(8)));
static volatile u32 torn;

/* The forced-emulation prefix comes from a variable; two variants of the code are simpler than patching it. */
static int exchange(u64 *expected, u64 wanted)
{
	u32 low = (u32)*expected, high = (u32)(*expected >> 32);
	u8 done;

	if (forced)
		asm volatile(".byte 0x0f, 0x0b; .ascii \"686\"; lock; cmpxchg8b %0; sete %1"
			     : "+m"(number), "=q"(done), "+a"(low), "+d"(high)
			     : "b"((u32)wanted), "c"((u32)(wanted >> 32))
			     : "memory", "cc");
	else
		asm volatile("lock; cmpxchg8b %0; sete %1"
			     : "+m"(number), "=q"(done), "+a"(low), "+d"(high)
			     : "b"((u32)wanted), "c"((u32)(wanted >> 32))
			     : "memory", "cc");
	*expected = (u64)high << 32 | low;
	return done;
}

/* Both halves count, so a torn value shows. */
static void count_up(void)
{
	for (u32 i = 0; i < ROUNDS; i++) {
		u64 seen = 0;

		while (!exchange(&seen, seen + 0x100000001))
			if ((u32)seen != (u32)(seen >> 32))
				torn = 1;
	}
}

static int thread_main(void)
{
	count_up();
	return 0;
}

TEST(two_threads_lose_no_count)
{
	u32 *stack = map(0, STACK, PROT_READ | PROT_WRITE);
	u32 *top = stack + STACK / sizeof(*stack) - 4;
	int status = 0;
	long thread;

	*top = (u32)thread_main;
	thread = start_thread(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | SIGCHLD, top);
	EXPECT(thread > 0, "clone failed: %d", (int)-thread);
	count_up();
	EXPECT_EQUAL(CALL4(NR_wait4, thread, &status, 0, 0), thread);
	EXPECT_EQUAL(status, 0);
	EXPECT_EQUAL(torn, 0);
	EXPECT_EQUAL((u32)number, 2 * ROUNDS);
	EXPECT_EQUAL((u32)(number >> 32), 2 * ROUNDS);
}
