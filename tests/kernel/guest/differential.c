/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Executes random instructions and writes what became of them to a file or disk.
 *
 *   differential OUTPUT SEED FIRST COUNT [--force-prefix]
 *
 * The records are compared by test_differential.py, which also knows their layout.
 */
#include "arena.h"
#include "cases.h"
#include "execute.h"

struct record {
	u32 index, size, address, reserved;
	u8 code[16];
	struct cpu_state before;
	u8 window_before[WINDOW];
	struct cpu_state after;
	u8 window_after[WINDOW];
	struct fault fault;
};

enum { RECORDS_AT_ONCE = 512 };

static void run_case(struct record *record, u32 seed, u32 index)
{
	struct test_case test_case;

	arena_refresh();
	make_case(&test_case, seed, index);

	memset(record, 0, sizeof(*record));
	record->index = index;
	record->size = test_case.instruction.size;
	record->address = test_case.address;
	memcpy(record->code, test_case.instruction.bytes, sizeof(test_case.instruction.bytes));
	record->before = test_case.state;
	memcpy(record->window_before, test_case.window, WINDOW);

	record->after = test_case.state;
	/* Reading the window has touched the fresh pages. */
	arena_refresh();
	execute(test_case.instruction.bytes, test_case.instruction.size, &record->after, &record->fault);
	if (test_case.address)
		arena_read(window_start(&test_case), record->window_after, WINDOW);
}

int main(int argc, char **argv)
{
	static struct record records[RECORDS_AT_ONCE];
	u32 seed, first, count, used = 0;
	long output;

	if (argc < 5)
		die("usage: differential OUTPUT SEED FIRST COUNT [--force-prefix]\n");
	output = CALL3(NR_open, argv[1], O_WRONLY | O_CREAT, 0600);
	if (output < 0)
		die("cannot open %s: error %d\n", argv[1], (int)-output);
	seed = parse_number(argv[2]);
	first = parse_number(argv[3]);
	count = parse_number(argv[4]);
	if (argc > 5)
		use_force_prefix();

	prepare_execution();
	arena_prepare();
	for (u32 i = 0; i < count; i++) {
		run_case(&records[used++], seed, first + i);
		if (used == RECORDS_AT_ONCE || i + 1 == count) {
			write_all((int)output, records, used * sizeof(records[0]));
			used = 0;
		}
	}
	if (CALL1(NR_fsync, output))
		die("cannot write the last records\n");
	print("differential: %u cases of seed %u done, %u bytes each\n", count, seed, (u32)sizeof(records[0]));
	return 0;
}
