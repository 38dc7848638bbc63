/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The conditions of the instruction set, as its manual words them. */
#ifndef GUEST_CONDITIONS_H
#define GUEST_CONDITIONS_H

#include "execute.h"

enum { FLAG_COMBINATIONS = 64 };

/* All combinations of the six arithmetic flags. */
static inline u32 flag_combination(u32 number)
{
	static const u32 flags[] = { CF, PF, AF, ZF, SF, OF };
	u32 combination = 0;

	for (u32 i = 0; i < ARRAY_SIZE(flags); i++)
		if (number >> i & 1)
			combination |= flags[i];
	return combination;
}

static inline int condition_holds(u32 condition, u32 flags)
{
	int overflow = (flags & OF) != 0, carry = (flags & CF) != 0, zero = (flags & ZF) != 0;
	int sign = (flags & SF) != 0, parity = (flags & PF) != 0;
	const int holds[16] = {
		overflow,       !overflow,         /* o, no */
		carry,          !carry,            /* b, ae */
		zero,           !zero,             /* e, ne */
		carry || zero,  !(carry || zero),  /* be, a */
		sign,           !sign,             /* s, ns */
		parity,         !parity,           /* p, np */
		sign != overflow, sign == overflow, /* l, ge */
		zero || sign != overflow, !zero && sign == overflow, /* le, g */
	};

	return holds[condition & 15];
}

#endif
