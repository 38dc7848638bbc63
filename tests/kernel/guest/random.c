/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "random.h"

static u32 state;

/* The finalizer of MurmurHash3: neighbouring seeds give unrelated sequences. */
static u32 mix(u32 value)
{
	value = (value ^ value >> 16) * 0x85ebca6b;
	value = (value ^ value >> 13) * 0xc2b2ae35;
	return value ^ value >> 16;
}

void random_start(u32 seed, u32 index)
{
	state = mix(mix(seed + 0x9e3779b9) + index);
	if (!state)
		state = 1;
}

u32 random_word(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state * 0x9e3779b1;
}

u32 random_below(u32 limit)
{
	return (u32)((u64)random_word() * limit >> 32);
}

int random_percent(u32 percent)
{
	return random_below(100) < percent;
}
