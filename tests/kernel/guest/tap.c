/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

extern const struct tap_test __start_tap_tests[], __stop_tap_tests[];

int forced;
static int failed;
static const char *skipped;

void tap_fail(const char *file, int line, const char *condition, const char *format, ...)
{
	va_list arguments;

	/* Helpers return on a failure, tests go on with their loops; the first one tells enough. */
	if (failed)
		return;
	failed = 1;
	print("# %s:%d: %s: ", file, line, condition);
	va_start(arguments, format);
	print_list(format, arguments);
	va_end(arguments);
	print("\n");
}

void tap_skip(const char *reason)
{
	skipped = reason;
}

int main(int argc, char **argv)
{
	int failures = 0;
	u32 number = 0;

	for (int i = 1; i < argc; i++)
		if (starts_with(argv[i], "--force-prefix"))
			forced = 1;
	if (forced)
		use_force_prefix();
	prepare_execution();

	print("1..%u\n", (u32)(__stop_tap_tests - __start_tap_tests));
	for (const struct tap_test *test = __start_tap_tests; test < __stop_tap_tests; test++) {
		failed = 0;
		skipped = 0;
		test->function();
		failures += failed;
		if (skipped)
			print("ok %u - %s # SKIP %s\n", ++number, test->name, skipped);
		else
			print("%s %u - %s\n", failed ? "not ok" : "ok", ++number, test->name);
	}
	return failures != 0;
}
