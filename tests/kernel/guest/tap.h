/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests that print TAP. A program consists of TEST(name) { ... } at file level; the test runner finds the names in the
 * source, the program runs them in order. "--force-prefix" makes every instruction under test forced to be emulated.
 */
#ifndef GUEST_TAP_H
#define GUEST_TAP_H

#include "execute.h"
#include "runtime.h"

struct tap_test {
	const char *name;
	void (*function)(void);
};

#define TEST(name)                                                                                                     \
	static void name(void);                                                                                        \
	static const struct tap_test name##_test                                                                       \
		__attribute__((used, section("tap_tests"), aligned(4))) = { #name, name };                             \
	static void name(void)

/* Ends the test function with a message if the condition does not hold. */
#define EXPECT(condition, ...)                                                                                         \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			tap_fail(__FILE__, __LINE__, #condition, __VA_ARGS__);                                         \
			return;                                                                                        \
		}                                                                                                      \
	} while (0)

#define EXPECT_EQUAL(actual, expected)                                                                                 \
	do {                                                                                                           \
		u32 actual_value = (u32)(actual), expected_value = (u32)(expected);                                    \
		EXPECT(actual_value == expected_value, "is %x, should be %x", actual_value, expected_value);           \
	} while (0)

void tap_fail(const char *file, int line, const char *condition, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Whether "--force-prefix" was given. */
extern int forced;

/* Skips the test with a reason; returns from the test function afterwards. */
void tap_skip(const char *reason);

#endif
