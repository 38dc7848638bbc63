/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "random_fpu.h"

#include "random.h"

enum { EXCEPTIONS = 0x3f, STACK_FAULT = 0x40, SUMMARY_AND_BUSY = 0x8080, CONDITION_BITS = 0x4700 };

static void put_number(u8 *bytes, u16 sign_and_exponent, u64 significand)
{
	memcpy(bytes, &significand, sizeof(significand));
	memcpy(bytes + 8, &sign_and_exponent, sizeof(sign_and_exponent));
}

static u64 random_significand(void)
{
	static const u64 special[] = {
		0, 1, 0x8000000000000000, 0xc000000000000000, 0x8000000000000001, 0x4000000000000000,
		0xffffffffffffffff, 0x7fffffffffffffff, 0xc000000000000001, 0xbfffffffffffffff,
	};

	if (random_percent(60))
		return special[random_below(ARRAY_SIZE(special))];
	return (u64)random_word() << 32 | random_word();
}

static u16 random_exponent(void)
{
	static const u16 special[] = { 0, 1, 0x3ffe, 0x3fff, 0x4000, 0x7ffe, 0x7fff };

	if (random_percent(80))
		return special[random_below(ARRAY_SIZE(special))];
	return (u16)random_below(0x8000);
}

static void random_number(u8 *bytes)
{
	u16 sign = random_percent(50) ? 0x8000 : 0;
	u64 significand = random_significand();

	/* Most with the integer bit, else nearly all of them would be unsupported encodings. */
	if (random_percent(60))
		significand |= 0x8000000000000000;
	put_number(bytes, sign | random_exponent(), significand);
}

void random_fpu(struct fpu_state *fpu)
{
	u32 control = 0x340 | (random_percent(50) ? EXCEPTIONS : random_word() & EXCEPTIONS);
	u32 status = (random_word() & CONDITION_BITS) | random_below(8) << 11;

	if (random_percent(20))
		status |= random_word() & (EXCEPTIONS | STACK_FAULT);
	/* Mostly nothing is pending, else nothing would be executed. */
	if (random_percent(75))
		status &= ~(EXCEPTIONS & ~control);
	if (status & ~control & EXCEPTIONS)
		status |= SUMMARY_AND_BUSY;

	fpu_initial(fpu);
	fpu->control = 0xffff0000 | control;
	fpu->status = 0xffff0000 | status;
	fpu->tags = 0xffff0000;
	for (u32 i = 0; i < 8; i++) {
		if (random_percent(12))
			fpu->tags |= 3u << (2 * i);
		random_number(fpu->registers[i]);
	}
	/* Equal numbers would be rare otherwise. */
	if (random_percent(30))
		memcpy(fpu->registers[random_below(8)], fpu->registers[0], 10);
}
