/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a process's owner sets in /proc/PID: formats, inheritance, and who may. */
#include "openmosix.h"
#include "start_thread.h"
#include "tap.h"

static u32 self(void)
{
	return (u32)CALL0(NR_getpid);
}

TEST(a_process_starts_free_and_at_home)
{
	static const struct {
		const char *name, *text;
	} files[] = {
		{ "lock", "0\n" }, { "migfilter", "0\n" }, { "mignodes", "0\n" }, { "migpolicy", "0\n" }, { "selected", "0\n" },
		{ "where", "0\n" }, { "nmigs", "0\n" }, { "cantmove", "" }, { "decay/clear", "1\n" }, { "decay/cpujob", "0\n" },
		{ "decay/iojob", "0\n" }, { "decay/slow", "0\n" }, { "decay/fast", "0\n" },
	};

	for (u32 i = 0; i < ARRAY_SIZE(files); i++)
		EXPECT(has_text(process_file(self(), files[i].name), files[i].text), "%s", files[i].name);
}

/* The text is written to a file and read again. */
#define EXPECT_KEPT(name, written, shown)                                                                              \
	do {                                                                                                           \
		EXPECT_EQUAL(write_text("/proc/self/" name, written), 0);                                              \
		EXPECT(has_text("/proc/self/" name, shown), name);                                                     \
	} while (0)

TEST(settings_are_read_as_they_were_written)
{
	EXPECT_KEPT("lock", "1\n", "1\n");
	EXPECT_KEPT("migfilter", "1", "1\n");
	EXPECT_KEPT("migpolicy", "1\n", "1\n");
	EXPECT_KEPT("selected", "65535\n", "65535\n");
	EXPECT_KEPT("migpolicy", "0\n", "0\n");
	EXPECT_KEPT("migfilter", " 0\n", "0\n");
	EXPECT_KEPT("lock", "0\n", "0\n");
	EXPECT_KEPT("selected", "0\n", "0\n");
}

TEST(nodes_are_a_number_with_bits_or_a_list)
{
	EXPECT_KEPT("mignodes", "5\n", "5\n");
	EXPECT_KEPT("mignodes", "0x8000000000000001\n", "9223372036854775809\n");
	EXPECT_KEPT("mignodes", "18446744073709551615", "18446744073709551615\n");
	EXPECT_KEPT("mignodes", "list:1,3-4", "13\n");
	EXPECT_KEPT("mignodes", "list:3,70-80,65535\n", "list:3,70-80,65535\n");
	EXPECT_KEPT("mignodes", "list:\n", "0\n");
}

TEST(values_out_of_range_are_refused)
{
	static const struct {
		const char *name, *text;
		int error;
	} cases[] = {
		{ "lock", "2", EINVAL }, { "lock", "-1", EINVAL }, { "lock", "", EINVAL }, { "lock", "\n", EINVAL },
		{ "lock", "1 1", EINVAL }, { "migfilter", "yes", EINVAL }, { "migpolicy", "0x", EINVAL },
		{ "selected", "65536", 34 /* ERANGE */ }, { "mignodes", "-1", EINVAL }, { "mignodes", "list:0", EINVAL },
		{ "mignodes", "list:5-3", EINVAL }, { "mignodes", "list:5,5", EINVAL }, { "mignodes", "list:5,", EINVAL },
		{ "mignodes", "list:65536", EINVAL }, { "mignodes", "list:1-", EINVAL }, { "mignodes", "list:1;2", EINVAL },
		{ "mignodes", "18446744073709551616", 34 }, { "decay/cpujob", "0", EINVAL }, { "goto", "65536", EINVAL },
		{ "goto", "-2", EINVAL }, { "goto", "home", EINVAL }, { "where", "1", EACCES }, { "nmigs", "1", EACCES },
	};
	char long_text[1100];

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		/* Root may open even what nobody may write. */
		u32 child = start_writer(cases[i].name, cases[i].text, 1);

		EXPECT(wait_for_end(child) == (u32)cases[i].error, "%s \"%s\"", cases[i].name, cases[i].text);
	}
	memset(long_text, '1', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = 0;
	EXPECT_EQUAL(write_text("/proc/self/mignodes", long_text), -EINVAL);
	EXPECT(has_text("/proc/self/mignodes", "0\n"), "a refused write changed something");
}

TEST(a_list_has_at_most_64_ranges)
{
	char text[512] = "list:1";

	for (u32 node = 3; node < 2 * 64; node += 2)
		format_to(text + strlen(text), 8, ",%u", node);
	EXPECT_EQUAL(write_text("/proc/self/mignodes", text), 0);
	format_to(text + strlen(text), 8, ",%u", 129);
	EXPECT_EQUAL(write_text("/proc/self/mignodes", text), -E2BIG);
	EXPECT_EQUAL(write_text("/proc/self/mignodes", "0"), 0);
}

TEST(a_zero_byte_does_not_end_the_text)
{
	long file = CALL3(NR_open, "/proc/self/lock", O_WRONLY, 0);

	EXPECT_EQUAL(CALL3(NR_write, file, "1\0001", 3), -EINVAL);
	EXPECT_EQUAL(CALL3(NR_write, file, PAGE_SIZE, 2), -EFAULT);
	CALL1(NR_close, file);
	EXPECT(has_text("/proc/self/lock", "0\n"), "lock");
}

/* openmosix_child ends with 0 when it has these settings. */
static void execute_child(void)
{
	static char *arguments[] = { "/openmosix_child", 0 }, *environment[] = { 0 };

	CALL3(NR_execve, arguments[0], arguments, environment);
	CALL1(NR_exit_group, 99);
}

TEST(settings_survive_fork_and_exec)
{
	u32 child;

	EXPECT_KEPT("lock", "1", "1\n");
	EXPECT_KEPT("migfilter", "1", "1\n");
	EXPECT_KEPT("mignodes", "list:7,900", "list:7,900\n");
	EXPECT_KEPT("decay/iojob", "1", "1\n");
	EXPECT_KEPT("selected", "3", "3\n");
	child = fork_child();
	if (!child)
		execute_child();
	EXPECT_EQUAL(wait_for_end(child), 0);
	EXPECT_EQUAL(write_text("/proc/self/lock", "0"), 0);
	EXPECT_EQUAL(write_text("/proc/self/migfilter", "0"), 0);
	EXPECT_EQUAL(write_text("/proc/self/mignodes", "0"), 0);
	EXPECT_EQUAL(write_text("/proc/self/decay/clear", "1"), 0);
	EXPECT_EQUAL(write_text("/proc/self/selected", "0"), 0);
	child = fork_child();
	if (!child)
		execute_child();
	EXPECT_EQUAL(wait_for_end(child), 1);
}

static int lock_from_thread(void)
{
	return write_text("/proc/self/lock", "1") != 0;
}

TEST(threads_have_the_settings_of_their_process)
{
	u32 *stack = map(0, 4 * PAGE_SIZE, PROT_READ | PROT_WRITE);
	u32 *top = stack + 4 * PAGE_SIZE / sizeof(*stack) - 4;

	*top = (u32)lock_from_thread;
	EXPECT(start_thread(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, top) > 0, "clone failed");
	wait_for_text("/proc/self/lock", "1\n");
	EXPECT_EQUAL(write_text("/proc/self/lock", "0"), 0);
}

TEST(a_child_that_changes_its_settings_leaves_its_parent_alone)
{
	u32 child = start_writer("mignodes", "list:100", 0);

	EXPECT_EQUAL(wait_for_end(child), 0);
	child = start_writer("lock", "1", 0);
	EXPECT_EQUAL(wait_for_end(child), 0);
	EXPECT(has_text("/proc/self/mignodes", "0\n"), "mignodes");
	EXPECT(has_text("/proc/self/lock", "0\n"), "lock");
}

TEST(decay_in_hpc_is_that_of_the_process_itself)
{
	EXPECT_EQUAL(write_text("/proc/hpc/decay/cpujob", "1\n"), 0);
	EXPECT(has_text("/proc/self/decay/cpujob", "1\n"), "cpujob");
	EXPECT_EQUAL(write_text("/proc/mosix/decay/slow", "1\n"), 0);
	EXPECT(has_text("/proc/self/decay/cpujob", "0\n"), "cpujob");
	EXPECT(has_text("/proc/self/decay/slow", "1\n"), "slow");
	EXPECT_EQUAL(write_text("/proc/hpc/decay/clear", "1\n"), 0);
	EXPECT(has_text("/proc/self/decay/slow", "0\n"), "slow");
}

TEST(others_may_read_but_not_write)
{
	char path[64];

	format_to(path, sizeof(path), "/proc/%u/lock", self());
	EXPECT_EQUAL(wait_for_end(start_writer(path, "1", 1)), EACCES);
	format_to(path, sizeof(path), "/proc/%u/goto", self());
	EXPECT_EQUAL(wait_for_end(start_writer(path, "1", 1)), EACCES);
	EXPECT_EQUAL(wait_for_end(start_writer("/proc/hpc/admin/block", "1", 1)), EACCES);
	EXPECT_EQUAL(wait_for_end(start_writer("lock", "1", 1)), 0);
	EXPECT_EQUAL(wait_for_end(start_writer("decay/cpujob", "1", 1)), 0);
	EXPECT_EQUAL(write_text("/proc/2/lock", "1"), -EPERM);
}

TEST(what_another_user_has_opened_cannot_be_written)
{
	long file = CALL3(NR_open, "/proc/self/lock", O_WRONLY, 0);
	u32 child = fork_child();

	if (!child) {
		drop_privileges();
		CALL1(NR_exit_group, -CALL3(NR_write, file, "1", 1));
	}
	EXPECT_EQUAL(wait_for_end(child), EPERM);
	CALL1(NR_close, file);
}

TEST(nothing_is_writable_for_all)
{
	static const char *const paths[] = {
		"/proc/self/where", "/proc/self/goto", "/proc/self/migrate", "/proc/self/lock", "/proc/self/nmigs",
		"/proc/self/cantmove", "/proc/self/migfilter", "/proc/self/mignodes", "/proc/self/migpolicy",
		"/proc/self/selected", "/proc/self/decay", "/proc/self/decay/cpujob", "/proc/hpc", "/proc/hpc/admin",
		"/proc/hpc/admin/block", "/proc/hpc/admin/mospe", "/proc/hpc/admin/version", "/proc/hpc/nodes",
		"/proc/hpc/remote", "/proc/hpc/info", "/proc/hpc/info/omd", "/dev/openmosix",
	};
	u32 status[24 + 16];

	for (u32 i = 0; i < ARRAY_SIZE(paths); i++) {
		EXPECT_EQUAL(CALL2(NR_stat64, paths[i], status), 0);
		/* st_mode is the fifth word. */
		EXPECT(!(status[4] & 022), "%s has mode %x", paths[i], status[4]);
	}
}
