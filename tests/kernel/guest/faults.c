/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Faults of memory operands: signal, code, address, instruction pointer and what the context says. */
#include "arena.h"
#include "segments.h"
#include "tap.h"

enum { TRAP_STACK_SEGMENT = 12, TRAP_PROTECTION = 13, TRAP_PAGE = 14, ERROR_PRESENT = 1, ERROR_WRITE = 2, ERROR_USER = 4,
       ERROR_FETCH = 16 };

static const u8 load[] = { 0x0f, 0x44, 0x1e };		     /* cmove (%esi), %ebx; ZF is clear */
static const u8 load_16[] = { 0x66, 0x0f, 0x44, 0x1e };	     /* cmove (%esi), %bx */
static const u8 exchange[] = { 0x0f, 0xc7, 0x0e };	     /* cmpxchg8b (%esi) */
static const u8 load_by_fs[] = { 0x64, 0x0f, 0x44, 0x1e };	     /* cmove %fs:(%esi), %ebx */
static const u8 load_stack[] = { 0x36, 0x0f, 0x44, 0x1e };   /* cmove %ss:(%esi), %ebx */

#define PAGE_AT(number) (ARENA + (number) * PAGE_SIZE)

static void run(const u8 *instruction, u32 size, u32 esi, struct cpu_state *state, struct fault *fault)
{
	arena_prepare();
	memset(state, 0, sizeof(*state));
	fpu_initial(&state->fpu);
	state->flags = FLAGS_ALWAYS;
	state->general[ESI] = esi;
	state->general[EBX] = 0x5555aaaa;
	execute(instruction, size, state, fault);
}

#define RUN(instruction, esi) run(instruction, sizeof(instruction), esi, &state, &fault)

/* The instruction has had no effect and is what the signal points to. */
#define EXPECT_PAGE_FAULT(signal_number, code_number, fault_address, error_code)                                       \
	do {                                                                                                           \
		EXPECT_EQUAL(fault.signal, signal_number);                                                             \
		EXPECT_EQUAL(fault.code, code_number);                                                                 \
		EXPECT_EQUAL(fault.address, fault_address);                                                            \
		EXPECT_EQUAL(fault.ip, 0);                                                                             \
		EXPECT_EQUAL(fault.trap, TRAP_PAGE);                                                                   \
		EXPECT_EQUAL(fault.error & ~(u32)ERROR_FETCH, error_code);                                             \
		EXPECT_EQUAL(state.general[EBX], 0x5555aaaa);                                                          \
	} while (0)

TEST(load_from_a_hole_although_the_condition_is_false)
{
	struct cpu_state state;
	struct fault fault;

	RUN(load, PAGE_AT(2) + 100);
	EXPECT_PAGE_FAULT(SIGSEGV, SEGV_MAPERR, PAGE_AT(2) + 100, ERROR_USER);
}

TEST(load_from_address_zero)
{
	struct cpu_state state;
	struct fault fault;

	RUN(load, 0);
	EXPECT_PAGE_FAULT(SIGSEGV, SEGV_MAPERR, 0, ERROR_USER);
}

TEST(load_from_a_page_without_access)
{
	struct cpu_state state;
	struct fault fault;

	RUN(load, PAGE_AT(6) + 8);
	EXPECT_PAGE_FAULT(SIGSEGV, SEGV_ACCERR, PAGE_AT(6) + 8, ERROR_USER);
}

TEST(load_across_pages_names_the_first_byte_of_the_bad_one)
{
	struct cpu_state state;
	struct fault fault;

	for (u32 offset = 1; offset < 4; offset++) {
		RUN(load, PAGE_AT(2) - offset);
		EXPECT_PAGE_FAULT(SIGSEGV, SEGV_MAPERR, PAGE_AT(2), ERROR_USER);
		RUN(load, PAGE_AT(3) - offset);
		EXPECT_PAGE_FAULT(SIGSEGV, SEGV_MAPERR, PAGE_AT(3) - offset, ERROR_USER);
	}
	RUN(load_16, PAGE_AT(2) - 1);
	EXPECT_PAGE_FAULT(SIGSEGV, SEGV_MAPERR, PAGE_AT(2), ERROR_USER);
	RUN(load_16, PAGE_AT(2) - 2);
	EXPECT_EQUAL(fault.signal, 0);
}

TEST(load_behind_the_end_of_a_file)
{
	struct cpu_state state;
	struct fault fault;

	RUN(load, PAGE_AT(8) + 16);
	EXPECT_PAGE_FAULT(SIGBUS, BUS_ADRERR, PAGE_AT(8) + 16, ERROR_USER);
	RUN(load, PAGE_AT(8) - 2);
	EXPECT_PAGE_FAULT(SIGBUS, BUS_ADRERR, PAGE_AT(8), ERROR_USER);
}

TEST(load_from_the_kernel)
{
	struct cpu_state state;
	struct fault fault;

	RUN(load, 0xffffe800);
	EXPECT_EQUAL(fault.signal, SIGSEGV);
	EXPECT_EQUAL(fault.code, SEGV_MAPERR);
	EXPECT_EQUAL(fault.address, 0xffffe800);
	EXPECT_EQUAL(fault.error, ERROR_USER | ERROR_PRESENT);
}

TEST(cmpxchg8b_needs_write_access_even_without_a_store)
{
	struct cpu_state state;
	struct fault fault;

	/* EDX:EAX is 0, the memory is not. */
	RUN(exchange, PAGE_AT(4) + 64);
	EXPECT_PAGE_FAULT(SIGSEGV, SEGV_ACCERR, PAGE_AT(4) + 64, ERROR_USER | ERROR_WRITE | ERROR_PRESENT);
	EXPECT_EQUAL(state.general[EAX], 0);
}

TEST(cmpxchg8b_across_pages_names_the_bad_one)
{
	struct cpu_state state;
	struct fault fault;

	for (u32 offset = 1; offset < 8; offset++) {
		RUN(exchange, PAGE_AT(4) - offset); /* writable, then read only */
		EXPECT_PAGE_FAULT(SIGSEGV, SEGV_ACCERR, PAGE_AT(4), ERROR_USER | ERROR_WRITE | ERROR_PRESENT);
		RUN(exchange, PAGE_AT(5) - offset); /* read only, then writable */
		EXPECT_PAGE_FAULT(SIGSEGV, SEGV_ACCERR, PAGE_AT(5) - offset,
				  ERROR_USER | ERROR_WRITE | ERROR_PRESENT);
		RUN(exchange, PAGE_AT(2) - offset); /* writable, then a hole */
		EXPECT_PAGE_FAULT(SIGSEGV, SEGV_MAPERR, PAGE_AT(2), ERROR_USER | ERROR_WRITE);
	}
}

TEST(segment_limit)
{
	struct cpu_state state;
	struct fault fault;

	RUN(load, PAGE_AT(0)); /* loads FS with the arena's segment first */
	load_fs(make_local_segment(0, ARENA, 99, SEGMENT_32BIT));
	RUN(load_by_fs, 96);
	EXPECT_EQUAL(fault.signal, 0);
	RUN(load_by_fs, 97);
	EXPECT_EQUAL(fault.signal, SIGSEGV);
	EXPECT_EQUAL(fault.code, SI_KERNEL);
	EXPECT_EQUAL(fault.address, 0);
	EXPECT_EQUAL(fault.ip, 0);
	EXPECT_EQUAL(fault.trap, TRAP_PROTECTION);
}

TEST(expand_down_segment)
{
	struct cpu_state state;
	struct fault fault;

	load_fs(make_local_segment(1, ARENA, 99, SEGMENT_32BIT | SEGMENT_EXPAND_DOWN));
	RUN(load_by_fs, 100);
	EXPECT_EQUAL(fault.signal, 0);
	RUN(load_by_fs, 99);
	EXPECT_EQUAL(fault.signal, SIGSEGV);
	EXPECT_EQUAL(fault.trap, TRAP_PROTECTION);
}

TEST(null_segment)
{
	struct cpu_state state;
	struct fault fault;

	load_fs(0);
	RUN(load_by_fs, ARENA);
	EXPECT_EQUAL(fault.signal, SIGSEGV);
	EXPECT_EQUAL(fault.code, SI_KERNEL);
	EXPECT_EQUAL(fault.trap, TRAP_PROTECTION);
}

TEST(stack_override_is_flat)
{
	struct cpu_state state;
	struct fault fault;

	RUN(load_stack, PAGE_AT(0) + 4);
	EXPECT_EQUAL(fault.signal, 0);
	RUN(load_stack, PAGE_AT(2));
	EXPECT_PAGE_FAULT(SIGSEGV, SEGV_MAPERR, PAGE_AT(2), ERROR_USER);
}

/* A load far below the stack pointer makes the stack grow, as for any instruction. */
TEST(stack_grows_by_a_load)
{
	struct cpu_state state;
	struct fault fault;
	u8 here;

	RUN(load, ((u32)&here & ~3u) - 100000);
	EXPECT_EQUAL(fault.signal, 0);
}
