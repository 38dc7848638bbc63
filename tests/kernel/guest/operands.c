/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operands.h"

#include "arena.h"
#include "random.h"

void emit(struct encoding *encoding, u8 byte)
{
	encoding->bytes[encoding->size++] = byte;
}

u8 random_override(int address_16)
{
	static const u8 overrides[] = { OVERRIDE_ES, OVERRIDE_CS, OVERRIDE_SS, OVERRIDE_DS, OVERRIDE_FS, OVERRIDE_GS };

	if (address_16)
		return random_percent(50) ? OVERRIDE_FS : OVERRIDE_GS;
	if (random_percent(60))
		return OVERRIDE_NONE;
	return overrides[random_below(ARRAY_SIZE(overrides))];
}

static void emit_number(struct encoding *encoding, u32 value, u32 size)
{
	for (; size--; value >>= 8)
		emit(encoding, (u8)value);
}

static u32 segment_base(u8 override)
{
	switch (override) {
	case OVERRIDE_FS:
		return FS_BASE;
	case OVERRIDE_GS:
		return GS_BASE;
	default:
		return 0;
	}
}

/* Registers of the 16-bit addressing modes; the first is set so that the sum is right. */
static const struct {
	s8 first, second;
} pairs_16[] = {
	{ EBX, ESI }, { EBX, EDI }, { EBP, ESI }, { EBP, EDI }, { ESI, -1 }, { EDI, -1 }, { EBP, -1 }, { EBX, -1 },
};

static void emit_operand_16(struct encoding *encoding, struct cpu_state *state, u32 offset, u32 register_field)
{
	u32 mod = random_below(3), rm = random_below(8);
	u32 displacement = mod == 0 ? 0 : mod == 1 ? (u32)(s8)random_word() : random_word();
	u32 *first = &state->general[pairs_16[rm].first];

	emit(encoding, (u8)(mod << 6 | register_field << 3 | rm));
	if (mod == 0 && rm == 6) {
		emit_number(encoding, offset, 2);
		return;
	}

	/* The upper half of the register does not count. */
	offset -= displacement;
	if (pairs_16[rm].second >= 0)
		offset -= state->general[pairs_16[rm].second];
	*first = (*first & 0xffff0000) | (offset & 0xffff);
	emit_number(encoding, displacement, mod);
}

static void emit_operand_32(struct encoding *encoding, struct cpu_state *state, u32 offset, u32 register_field)
{
	u32 mod = random_below(3), rm = random_below(8);
	u32 displacement = mod == 0 ? 0 : mod == 1 ? (u32)(s8)random_word() : random_word();
	u32 base = rm, rest = 0;

	emit(encoding, (u8)(mod << 6 | register_field << 3 | rm));
	if (rm == 4) {
		u32 scale = random_below(4), index = random_below(8);

		base = random_below(8);
		/* As index, 4 means none. One register cannot be both and still give every sum. */
		if (index == base)
			index = 4;
		emit(encoding, (u8)(scale << 6 | index << 3 | base));
		if (index != 4)
			rest = state->general[index] << scale;
	}

	if (base == 5 && mod == 0) {
		emit_number(encoding, offset - rest, 4);
		return;
	}
	state->general[base] = offset - rest - displacement;
	emit_number(encoding, displacement, mod == 2 ? 4 : mod);
}

void emit_memory_operand(struct encoding *encoding, struct cpu_state *state, u32 address, u8 override, int address_16,
			 u32 register_field)
{
	u32 offset = address - segment_base(override);

	if (address_16)
		emit_operand_16(encoding, state, offset, register_field);
	else
		emit_operand_32(encoding, state, offset, register_field);
}
