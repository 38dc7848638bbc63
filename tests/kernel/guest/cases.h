/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The random cases of the differential test. */
#ifndef GUEST_CASES_H
#define GUEST_CASES_H

#include "execute.h"
#include "operands.h"

enum { WINDOW = 24 };

struct test_case {
	struct encoding instruction;
	struct cpu_state state;
	/* Of the memory operand, or 0 */
	u32 address;
	/* Memory around the operand, from window_start on */
	u8 window[WINDOW];
};

/* Makes the case with this number and puts its memory operand into the arena. */
void make_case(struct test_case *test_case, u32 seed, u32 index);

u32 window_start(const struct test_case *test_case);

#endif
