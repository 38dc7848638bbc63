/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first process of a test guest. Every argument of the form run=PROGRAM,ARGUMENT,... on the kernel's command line
 * is run, one after the other; then the machine is reset, which ends QEMU when it has -no-reboot.
 */
#include "runtime.h"

enum { RESTART = 0x01234567, REBOOT_MAGIC = (int)0xfee1dead, REBOOT_MAGIC_2 = 672274793, MAXIMUM_ARGUMENTS = 16 };

static void mount_at(const char *type, const char *target)
{
	long result = CALL5(NR_mount, type, target, type, 0, 0);

	if (result && result != -16 /* EBUSY: mounted already */)
		print("init: cannot mount %s: error %d\n", type, (int)-result);
}

static void run(char *words)
{
	static char *environment[] = { 0 };
	char *arguments[MAXIMUM_ARGUMENTS + 1];
	int count = 0, status = 0;
	long child;

	for (char *word = words; count < MAXIMUM_ARGUMENTS; word++) {
		arguments[count++] = word;
		while (*word && *word != ',')
			word++;
		if (!*word)
			break;
		*word = 0;
	}
	arguments[count] = 0;

	print("== %s starts\n", arguments[0]);
	child = CALL0(NR_fork);
	if (child == 0) {
		CALL3(NR_execve, arguments[0], arguments, environment);
		die("init: cannot execute %s\n", arguments[0]);
	}
	CALL4(NR_wait4, child, &status, 0, 0);
	if (status & 0x7f)
		print("== %s killed by signal %d\n", arguments[0], status & 0x7f);
	else
		print("== %s ends with status %d\n", arguments[0], status >> 8 & 0xff);
}

int main(int argc, char **argv)
{
	static char command_line[4096];
	(void)argc;
	(void)argv;

	CALL3(NR_open, "/dev/console", O_RDWR, 0);
	CALL3(NR_open, "/dev/console", O_RDWR, 0);
	CALL3(NR_open, "/dev/console", O_RDWR, 0);
	mount_at("devtmpfs", "/dev");
	mount_at("proc", "/proc");
	mount_at("sysfs", "/sys");

	if (read_file("/proc/cmdline", command_line, sizeof(command_line)) < 0)
		die("init: cannot read /proc/cmdline\n");
	for (char *word = command_line; *word;) {
		char *end = word;
		char last;

		while (*end && *end != ' ' && *end != '\n')
			end++;
		last = *end;
		*end = 0;
		if (starts_with(word, "run="))
			run(word + 4);
		if (!last)
			break;
		word = end + 1;
	}

	print("== all done\n");
	CALL4(NR_reboot, REBOOT_MAGIC, REBOOT_MAGIC_2, RESTART, 0);
	return 1;
}
