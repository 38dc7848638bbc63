/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "openmosix.h"

enum { POLLIN = 1 };

struct poll_entry {
	int descriptor;
	u16 events, found;
};

long write_text_with(const char *path, const char *text, u32 flags)
{
	long file = CALL3(NR_open, path, O_WRONLY | flags, 0);
	long result;

	if (file < 0)
		return file;
	result = CALL3(NR_write, file, text, strlen(text));
	CALL1(NR_close, file);
	return result == (long)strlen(text) ? 0 : result;
}

long write_text(const char *path, const char *text)
{
	return write_text_with(path, text, 0);
}

static int is_same(const char *a, const char *b)
{
	return strlen(a) == strlen(b) && !memcmp(a, b, strlen(a));
}

int has_text(const char *path, const char *expected)
{
	static char text[2048];
	long length = read_file(path, text, sizeof(text));

	if (length < 0) {
		print("# %s cannot be read: error %d\n", path, (int)-length);
		return 0;
	}
	if (is_same(text, expected))
		return 1;
	print("# %s has \"%s\", not \"%s\"\n", path, text, expected);
	return 0;
}

const char *process_file(u32 pid, const char *name)
{
	static char path[64];

	format_to(path, sizeof(path), "/proc/%u/%s", pid, name);
	return path;
}

/* The command in parentheses, which is field 2, has no blanks here. */
static const char *find_stat_field(u32 pid, u32 number)
{
	static char text[1024];
	const char *field = text;

	if (read_file(process_file(pid, "stat"), text, sizeof(text)) <= 0)
		return 0;
	while (--number)
		while (*field++ != ' ')
			;
	return field;
}

u32 stat_field(u32 pid, u32 number)
{
	const char *field = find_stat_field(pid, number);
	u32 value = 0;

	if (!field)
		die("process %u has ended\n", pid);
	for (; *field >= '0' && *field <= '9'; field++)
		value = value * 10 + (u32)(*field - '0');
	return value;
}

struct process_id identify(u32 pid)
{
	return (struct process_id){ pid, 0, stat_field(pid, 22) };
}

static long opened_device = -1;

int open_device(void)
{
	/* A test that has failed left it open. */
	if (opened_device >= 0)
		CALL1(NR_close, opened_device);
	opened_device = CALL3(NR_open, "/dev/openmosix", O_RDWR, 0);
	if (opened_device < 0)
		die("cannot open /dev/openmosix: error %d\n", (int)-opened_device);
	return (int)opened_device;
}

u32 fork_child(void)
{
	long child = CALL0(NR_fork);

	if (child < 0)
		die("cannot fork: error %d\n", (int)-child);
	if (!child && opened_device >= 0)
		CALL1(NR_close, opened_device);
	return (u32)child;
}

long send_record(int device, const void *record, u32 size)
{
	long result = CALL3(NR_write, device, record, size);

	return result < 0 ? result : result == (long)size ? 0 : -1000;
}

struct request receive(int device)
{
	struct request request;
	long result = CALL3(NR_read, device, &request, sizeof(request));

	if (result != sizeof(request))
		die("cannot read a request: %d\n", (int)result);
	return request;
}

int is_readable(int descriptor)
{
	struct poll_entry entry = { descriptor, POLLIN, 0 };

	return CALL3(NR_poll, &entry, 1, 0) == 1 && entry.found & POLLIN;
}

long answer(int device, u64 sequence, u32 error)
{
	struct answer record = RECORD(answer, ANSWER, sequence, error, 0);

	return SEND(device, record);
}

void drop_privileges(void)
{
	if (CALL3(NR_setresgid32, ORDINARY_USER, ORDINARY_USER, ORDINARY_USER) ||
	    CALL3(NR_setresuid32, ORDINARY_USER, ORDINARY_USER, ORDINARY_USER))
		die("cannot become an ordinary user\n");
	/* A change of user closes the process to its owner, which execve(2) of a program would undo. */
	CALL2(NR_prctl, 4 /* PR_SET_DUMPABLE */, 1);
}

u32 start_writer(const char *name, const char *text, int as_user)
{
	u32 child = fork_child();

	if (child)
		return child;
	if (as_user)
		drop_privileges();
	if (*name != '/')
		name = process_file((u32)CALL0(NR_getpid), name);
	CALL1(NR_exit_group, -write_text(name, text));
	__builtin_unreachable();
}

u32 wait_for_end(u32 pid)
{
	int status = 0;
	long result;

	do
		result = CALL4(NR_wait4, pid, &status, 0, 0);
	while (result == -EINTR);
	if (result != (long)pid)
		die("cannot wait for process %u: %d\n", pid, (int)result);
	return status & 0x7f ? 1000 + (u32)(status & 0x7f) : (u32)status >> 8 & 0xff;
}

void wait_for_state(u32 pid, char state)
{
	const char *field;

	do
		CALL0(NR_sched_yield);
	while ((field = find_stat_field(pid, 3)) && *field != state);
	if (!field)
		die("process %u has ended\n", pid);
}

void wait_for_text(const char *path, const char *expected)
{
	char text[256];

	while (read_file(path, text, sizeof(text)) < 0 || !is_same(text, expected))
		CALL0(NR_sched_yield);
}
