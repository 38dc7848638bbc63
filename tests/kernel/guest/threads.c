/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two threads count up one 64-bit number with LOCK CMPXCHG8B; nothing may get lost and no half be seen alone. */
#include "tap.h"

enum { CLONE_VM = 0x100, CLONE_FS = 0x200, CLONE_FILES = 0x400, CLONE_SIGHAND = 0x800, ROUNDS = 20000, STACK = 16384 };

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

/* The child gets a stack of its own and must not return into the parent's frames. */
long start_thread(u32 flags, u32 *stack_top);
asm(".pushsection .text\n"
    ".globl start_thread\n"
    "start_thread:\n"
    "	pushl %ebx\n"
    "	movl $120, %eax\n"
    "	movl 8(%esp), %ebx\n"
    "	movl 12(%esp), %ecx\n"
    "	xorl %edx, %edx\n"
    "	pushl %esi\n"
    "	pushl %edi\n"
    "	xorl %esi, %esi\n"
    "	xorl %edi, %edi\n"
    "	int $0x80\n"
    "	testl %eax, %eax\n"
    "	jnz 1f\n"
    "	popl %eax\n"
    "	call *%eax\n"
    "	movl %eax, %ebx\n"
    "	movl $1, %eax\n"
    "	int $0x80\n"
    "1:	popl %edi\n"
    "	popl %esi\n"
    "	popl %ebx\n"
    "	ret\n"
    ".popsection\n");

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
