/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random numbers that are the same on every machine, for every case of a run independent of the others (xorshift). */
#ifndef GUEST_RANDOM_H
#define GUEST_RANDOM_H

#include "runtime.h"

void random_start(u32 seed, u32 index);
u32 random_word(void);
/* 0 to limit - 1 */
u32 random_below(u32 limit);
int random_percent(u32 percent);

#endif
