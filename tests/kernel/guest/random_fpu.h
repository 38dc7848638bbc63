/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GUEST_RANDOM_FPU_H
#define GUEST_RANDOM_FPU_H

#include "execute.h"

/* A random FPU state: all kinds of numbers, empty registers, masked, unmasked and pending exceptions. */
void random_fpu(struct fpu_state *fpu);

#endif
