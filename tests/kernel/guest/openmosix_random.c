/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * openmosix_random ROUNDS [SEED]: processes that read and write all files of the interface at random, fork, stop and kill
 * each other, while a daemon connects, answers or does not, tells true and false things and dies. In the end nothing may
 * be left of it, and the kernel must have found nothing wrong.
 */
#include "kernel_leaks.h"
#include "kernel_log.h"
#include "openmosix.h"
#include "random.h"

enum { WORKERS = 4, MAP_SHARED_ANONYMOUS = 0x21, WNOHANG = 1 };

static const char *const process_files[] = {
	"where", "goto", "migrate", "lock", "nmigs", "cantmove", "migfilter", "mignodes", "migpolicy", "selected",
	"decay/clear", "decay/cpujob", "decay/iojob", "decay/slow", "decay/fast", "stat",
};
static const char *const other_files[] = {
	"/proc/hpc/admin/mospe", "/proc/hpc/admin/block", "/proc/hpc/admin/bring", "/proc/hpc/admin/slow-decay",
	"/proc/hpc/admin/slowdecay", "/proc/hpc/admin/overheads", "/proc/hpc/admin/version", "/proc/hpc/nodes/3/load",
	"/proc/hpc/nodes/4/status", "/proc/hpc/info/requests", "/proc/hpc/decay/cpujob", "/proc/mosix/decay/clear",
};
static const char *const texts[] = { "0\n", "1\n", "-1\n", "7\n", "65535", "65536", "list:1,5-9,70-80", "list:2-", "", "a" };
static const char *const directories[] = { "/proc/hpc/nodes", "/proc/hpc/remote", "/proc/hpc/nodes/3", "/proc/self/decay" };
static const char *const complaints[] = { "BUG:", "WARNING:", "INFO:", "UBSAN", "Oops", "refcount_t", "unreferenced object",
					  "possible recursive locking", "sleeping function" };

#define ANY(array) ((array)[random_below(ARRAY_SIZE(array))])

/* What the processes share: who there is, and whether the daemon is to go on. */
static volatile struct {
	u32 pids[8];
	u32 is_over;
} *shared;

static u32 any_process(void)
{
	u32 pid = shared->pids[random_below(ARRAY_SIZE(shared->pids))];

	return pid && random_percent(70) ? pid : (u32)CALL0(NR_getpid);
}

static const char *any_path(void)
{
	static char path[64];
	u32 pid;

	if (random_percent(25))
		return ANY(other_files);
	pid = any_process();
	if (random_percent(10))
		format_to(path, sizeof(path), "/proc/hpc/remote/%u/%s", pid, random_percent(50) ? "stats" : "statm");
	else
		format_to(path, sizeof(path), "/proc/%u/%s", pid, ANY(process_files));
	return path;
}

static void list(const char *path)
{
	long directory = CALL3(NR_open, path, O_RDONLY, 0);
	char buffer[512];

	if (directory < 0)
		return;
	while (CALL3(NR_getdents64, directory, buffer, sizeof(buffer)) > 0)
		;
	CALL1(NR_close, directory);
}

static void operate(void)
{
	char text[512];

	switch (random_below(4)) {
	case 0:
		read_file(any_path(), text, sizeof(text));
		break;
	case 1:
		list(ANY(directories));
		break;
	default:
		write_text_with(any_path(), ANY(texts), random_percent(60) ? O_NONBLOCK : 0);
	}
}

/* Children end by themselves, or are killed in the middle of what they do. */
static void fork_and_operate(u32 slot)
{
	long child = CALL0(NR_fork);

	if (child < 0)
		return;
	if (!child) {
		random_start(random_word(), (u32)CALL0(NR_getpid));
		for (u32 i = random_below(8); i; i--)
			operate();
		CALL1(NR_exit_group, 0);
	}
	shared->pids[slot] = (u32)child;
	operate();
	if (random_percent(20)) {
		CALL2(NR_kill, child, SIGSTOP);
		operate();
		CALL2(NR_kill, child, SIGCONT);
	}
	if (random_percent(30))
		CALL2(NR_kill, child, SIGKILL);
	wait_for_end((u32)child);
}

static u32 start_worker(u32 seed, u32 number, u32 rounds)
{
	u32 child = fork_child();

	if (child)
		return child;
	random_start(seed, number);
	if (number % 2)
		drop_privileges();
	for (u32 i = 0; i < rounds; i++) {
		if (random_percent(30))
			fork_and_operate(number);
		else
			operate();
	}
	CALL1(NR_exit_group, 0);
	__builtin_unreachable();
}

static int try_identify(u32 pid, struct process_id *id)
{
	char text[8];

	/* It may end between the two, which ends the daemon, as daemons do now and then. */
	if (read_file(process_file(pid, "stat"), text, sizeof(text)) <= 0)
		return 0;
	*id = identify(pid);
	return 1;
}

static void tell(int device)
{
	struct process_id id = { 0, 0, 0 };

	if (!try_identify(any_process(), &id))
		return;
	switch (random_below(6)) {
	case 0:
		SEND(device, RECORD(node, NODE, random_below(6), random_below(4), 1, 2, 3, 4, 5, 6, 7));
		break;
	case 1:
		SEND(device, RECORD(guest, GUEST, id, random_below(3), 5, "somebody"));
		break;
	case 2:
		SEND(device, RECORD(cpu_time, CPU_TIME, id, random_word(), random_word()));
		break;
	case 3:
		SEND(device, RECORD(admin_value, ADMIN_VALUE, random_below(20), 0, random_below(3), "1 2"));
		break;
	default: {
		struct process_state state = RECORD(process_state, PROCESS, id, random_below(9), 1, "monkey");

		state.header.flags = random_below(9);
		SEND(device, state);
	}
	}
}

static void tell_nonsense(int device)
{
	u32 words[80];

	for (u32 i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = random_word();
	if (random_percent(80)) {
		words[0] = MAGIC;
		words[1] = VERSION | (ANSWER + random_below(6)) << 16;
		words[3] = 0;
		if (random_percent(80))
			words[2] = (u32[]){ 32, 256, 48, 192, 80, 128 }[(words[1] >> 16) - ANSWER];
	}
	CALL3(NR_write, device, words, random_percent(80) ? words[2] % sizeof(words) : random_below(sizeof(words)));
}

/* One session; the next one is another process's, so the device is also closed by an exit. */
static u32 start_daemon(u32 seed, u32 session)
{
	u32 child = (u32)CALL0(NR_fork);
	int device;

	if (child)
		return child;
	random_start(seed, session + 1000);
	device = open_device();
	for (u32 i = 20 + random_below(200); i && !shared->is_over; i--) {
		if (is_readable(device)) {
			struct request request = receive(device);

			if (random_percent(80))
				answer(device, request.sequence, random_percent(50) ? 0 : EHOSTUNREACH);
		}
		if (random_percent(50))
			tell(device);
		else
			tell_nonsense(device);
		CALL0(NR_sched_yield);
	}
	CALL1(NR_exit_group, 0);
	__builtin_unreachable();
}

static u32 complaints_of_kernel(void)
{
	u32 count = 0;

	for (u32 i = 0; i < ARRAY_SIZE(complaints); i++) {
		u32 found = count_in_kernel_log(complaints[i]);

		if (found)
			print("the kernel's log has %u times \"%s\"\n", found, complaints[i]);
		count += found;
	}
	return count;
}

int main(int argc, char **argv)
{
	u32 rounds = argc > 1 ? parse_number(argv[1]) : 1000, seed = argc > 2 ? parse_number(argv[2]) : 1;
	u32 workers[WORKERS], daemon, session = 0;

	shared = (void *)CALL5(NR_mmap2, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED_ANONYMOUS, -1);
	if (write_text("/sys/module/openmosix/parameters/answer_seconds", "1"))
		die("the time of the wait cannot be set\n");
	daemon = start_daemon(seed, session);
	for (u32 i = 0; i < WORKERS; i++)
		workers[i] = start_worker(seed, i, rounds / WORKERS);
	for (u32 i = 0; i < WORKERS; i++) {
		int status;

		while (!CALL4(NR_wait4, workers[i], &status, WNOHANG, 0)) {
			if (CALL4(NR_wait4, daemon, 0, WNOHANG, 0) == (long)daemon)
				daemon = start_daemon(seed, ++session);
			CALL0(NR_sched_yield);
		}
		if (status) {
			print("worker %u ended with %x\n", i, (u32)status);
			return 1;
		}
	}
	shared->is_over = 1;
	wait_for_end(daemon);
	print("%u sessions\n", session + 1);
	if (!has_text("/proc/hpc/info/omd", "0\n") || !has_text("/proc/hpc/info/requests", "0\n") ||
	    !has_text("/proc/hpc/admin/mospe", "-1\n") || read_file("/proc/hpc/nodes/3/load", (char[8]){ 0 }, 8) != -ENOENT)
		return 1;
	write_text("/sys/module/openmosix/parameters/answer_seconds", "30");
	return has_kernel_leaks() || complaints_of_kernel();
}
