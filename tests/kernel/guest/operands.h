/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random encodings of memory operands with a wanted address. */
#ifndef GUEST_OPERANDS_H
#define GUEST_OPERANDS_H

#include "execute.h"

struct encoding {
	u8 bytes[15];
	u32 size;
};

void emit(struct encoding *encoding, u8 byte);

enum { OVERRIDE_NONE = 0, OVERRIDE_ES = 0x26, OVERRIDE_CS = 0x2e, OVERRIDE_SS = 0x36, OVERRIDE_DS = 0x3e,
       OVERRIDE_FS = 0x64, OVERRIDE_GS = 0x65 };

/* A random segment override that suits the address size: only FS and GS reach the arena with 16-bit addresses. */
u8 random_override(int address_16);

/*
 * Appends ModRM, SIB and displacement of a random addressing mode to an instruction and sets registers such that the
 * operand is at the linear address, seen through the segment override.
 */
void emit_memory_operand(struct encoding *encoding, struct cpu_state *state, u32 address, u8 override, int address_16,
			 u32 register_field);

#endif
