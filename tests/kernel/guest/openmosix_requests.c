/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes to goto and to /proc/hpc/admin, from the writer to the daemon and back. */
#include "openmosix.h"
#include "signals.h"
#include "tap.h"

enum { USER_LIMIT = 64 };

static const char seconds_file[] = "/sys/module/openmosix/parameters/answer_seconds";

static void ignore(int signal, const struct signal_information *information, struct user_context *context)
{
	(void)signal;
	(void)information;
	(void)context;
}

TEST(without_omd_writes_fail_at_once)
{
	EXPECT_EQUAL(write_text("/proc/self/goto", "7\n"), -ENOTCONN);
	EXPECT_EQUAL(write_text("/proc/self/migrate", "0\n"), -ENOTCONN);
	EXPECT_EQUAL(write_text("/proc/hpc/admin/block", "1\n"), -ENOTCONN);
	EXPECT_EQUAL(write_text_with("/proc/self/goto", "7\n", O_NONBLOCK), -ENOTCONN);
	EXPECT(has_text("/proc/hpc/info/omd", "0\n"), "omd");
}

TEST(the_device_has_one_opener_who_is_root)
{
	int device = open_device();

	EXPECT(has_text("/proc/hpc/info/omd", "1\n"), "omd");
	EXPECT(has_text("/proc/hpc/info/interface", "1\n"), "interface");
	EXPECT_EQUAL(CALL3(NR_open, "/dev/openmosix", O_RDWR, 0), -EBUSY);
	EXPECT_EQUAL(wait_for_end(start_writer("/dev/openmosix", "1", 1)), EACCES);
	CALL1(NR_close, device);
	device = open_device();
	CALL1(NR_close, device);
}

TEST(a_request_says_who_wants_what)
{
	int device = open_device();
	u32 child = start_writer("goto", "7\n", 1);
	struct request request = receive(device);
	struct process_id id = identify(child);

	EXPECT_EQUAL(request.header.magic, MAGIC);
	EXPECT_EQUAL(request.header.version, VERSION);
	EXPECT_EQUAL(request.header.type, GOTO);
	EXPECT_EQUAL(request.header.size, 256);
	EXPECT_EQUAL(request.header.flags, 0);
	EXPECT(!memcmp(&request.target, &id, sizeof(id)), "the target is process %u", request.target.pid);
	EXPECT(!memcmp(&request.writer, &id, sizeof(id)), "the writer is process %u", request.writer.pid);
	EXPECT_EQUAL(request.writer_thread, child);
	EXPECT_EQUAL(request.uid, ORDINARY_USER);
	EXPECT_EQUAL(request.euid, ORDINARY_USER);
	EXPECT_EQUAL(request.gid, ORDINARY_USER);
	EXPECT_EQUAL(request.egid, ORDINARY_USER);
	EXPECT_EQUAL(request.value, 7);
	EXPECT_EQUAL(answer(device, request.sequence, 0), 0);
	EXPECT_EQUAL(wait_for_end(child), 0);
	CALL1(NR_close, device);
}

TEST(the_answer_of_omd_is_the_result_of_the_write)
{
	int device = open_device();
	u32 child = start_writer("migrate", "-1\n", 0);
	struct request request = receive(device);

	EXPECT_EQUAL(request.header.type, MIGRATE);
	EXPECT_EQUAL(request.value >> 32, ~0u);
	EXPECT_EQUAL(answer(device, request.sequence, EHOSTUNREACH), 0);
	EXPECT_EQUAL(wait_for_end(child), EHOSTUNREACH);
	/* It was answered already, as it may be when the writer has just given up. */
	EXPECT_EQUAL(answer(device, request.sequence, 0), 0);
	EXPECT_EQUAL(answer(device, request.sequence + 1, 0), -EINVAL);
	EXPECT_EQUAL(answer(device, 0, 0), -EINVAL);
	EXPECT_EQUAL(answer(device, request.sequence, 512), -EINVAL);
	CALL1(NR_close, device);
}

TEST(closing_the_device_ends_all_waits)
{
	int device = open_device();
	u32 first = start_writer("goto", "7", 0), second;
	struct request request = receive(device);

	second = start_writer("/proc/hpc/admin/block", "1", 0);
	while (!is_readable(device))
		CALL0(NR_sched_yield);
	wait_for_state(first, 'S');
	CALL1(NR_close, device);
	EXPECT_EQUAL(wait_for_end(first), ENOTCONN);
	EXPECT_EQUAL(wait_for_end(second), ENOTCONN);
	device = open_device();
	EXPECT(!is_readable(device), "a request has survived");
	/* The number is not used again. */
	EXPECT_EQUAL(answer(device, request.sequence, 0), 0);
	CALL1(NR_close, device);
	EXPECT(has_text("/proc/hpc/info/requests", "0\n"), "requests");
}

TEST(a_daemon_that_is_killed_leaves_nobody_waiting)
{
	u32 daemon = fork_child(), writer;

	if (!daemon) {
		int device = open_device();

		for (;;)
			receive(device);
	}
	wait_for_text("/proc/hpc/info/omd", "1\n");
	writer = start_writer("goto", "7", 0);
	wait_for_text("/proc/hpc/info/requests", "1\n");
	CALL2(NR_kill, daemon, SIGKILL);
	EXPECT_EQUAL(wait_for_end(daemon), 1000 + SIGKILL);
	EXPECT_EQUAL(wait_for_end(writer), ENOTCONN);
}

TEST(a_daemon_that_does_not_answer_is_waited_for_no_longer_than_set)
{
	int device = open_device();
	u32 child;

	EXPECT(has_text(seconds_file, "30\n"), "the default");
	EXPECT_EQUAL(write_text(seconds_file, "0"), -EINVAL);
	EXPECT_EQUAL(write_text(seconds_file, "601"), -EINVAL);
	EXPECT_EQUAL(write_text(seconds_file, "1"), 0);
	child = start_writer("goto", "7", 0);
	EXPECT_EQUAL(wait_for_end(child), ETIMEDOUT);
	EXPECT(!is_readable(device), "what nobody waits for is still offered");
	child = start_writer("goto", "7", 0);
	receive(device);
	EXPECT_EQUAL(wait_for_end(child), ETIMEDOUT);
	EXPECT_EQUAL(write_text(seconds_file, "30"), 0);
	EXPECT(has_text("/proc/hpc/info/requests", "0\n"), "requests");
	CALL1(NR_close, device);
}

TEST(a_signal_ends_the_wait_and_withdraws_what_was_not_read)
{
	int device = open_device();
	u32 child = fork_child();

	if (!child) {
		handle_signal(SIGUSR1, ignore);
		CALL1(NR_exit_group, -write_text("/proc/self/goto", "7"));
	}
	wait_for_text("/proc/hpc/info/requests", "1\n");
	wait_for_state(child, 'S');
	CALL2(NR_kill, child, SIGUSR1);
	EXPECT_EQUAL(wait_for_end(child), EINTR);
	EXPECT(!is_readable(device), "a withdrawn request is offered");
	child = start_writer("goto", "7", 0);
	receive(device);
	wait_for_state(child, 'S');
	CALL2(NR_kill, child, SIGKILL);
	EXPECT_EQUAL(wait_for_end(child), 1000 + SIGKILL);
	EXPECT(has_text("/proc/hpc/info/requests", "0\n"), "requests");
	CALL1(NR_close, device);
}

/* The writer is stopped in the middle, as omd stops a process to migrate it. */
static u32 start_and_stop(int device, struct request *request)
{
	u32 child = start_writer("goto", "7", 1);

	*request = receive(device);
	wait_for_state(child, 'S');
	CALL2(NR_kill, child, SIGSTOP);
	wait_for_state(child, 'T');
	return child;
}

TEST(a_restarted_write_gets_the_answer_that_came_while_it_was_stopped)
{
	int device = open_device();
	struct request request;
	u32 child = start_and_stop(device, &request);

	EXPECT_EQUAL(answer(device, request.sequence, EHOSTUNREACH), 0);
	CALL2(NR_kill, child, SIGCONT);
	EXPECT_EQUAL(wait_for_end(child), EHOSTUNREACH);
	EXPECT(!is_readable(device), "it was asked twice");
	CALL1(NR_close, device);
}

TEST(a_restarted_write_waits_for_the_answer_of_the_first)
{
	int device = open_device();
	struct request request;
	u32 child = start_and_stop(device, &request);

	CALL2(NR_kill, child, SIGCONT);
	wait_for_state(child, 'S');
	EXPECT(!is_readable(device), "it was asked twice");
	EXPECT_EQUAL(answer(device, request.sequence, 0), 0);
	EXPECT_EQUAL(wait_for_end(child), 0);
	EXPECT(has_text("/proc/hpc/info/requests", "0\n"), "requests");
	CALL1(NR_close, device);
}

TEST(a_write_that_may_not_block_is_on_its_way_when_it_returns)
{
	int device = open_device();
	struct request request;

	EXPECT_EQUAL(write_text_with("/proc/hpc/admin/stay", "1", O_NONBLOCK), 0);
	request = receive(device);
	EXPECT_EQUAL(request.header.type, ADMIN);
	EXPECT_EQUAL(request.header.flags, NO_WAIT);
	EXPECT_EQUAL(request.target.pid, 0);
	EXPECT_EQUAL(answer(device, request.sequence, 0), 0);
	EXPECT(has_text("/proc/hpc/info/requests", "0\n"), "requests");
	CALL1(NR_close, device);
}

TEST(omd_cannot_wait_for_itself)
{
	int device = open_device();

	EXPECT_EQUAL(write_text("/proc/self/goto", "7"), -EDEADLK);
	CALL1(NR_close, device);
}

TEST(a_user_cannot_fill_the_queue)
{
	int device = open_device();
	u32 child = fork_child();

	if (!child) {
		long result = 0;
		u32 count = 0;

		drop_privileges();
		while (!result && count++ < USER_LIMIT)
			result = write_text_with("/proc/self/goto", "7", O_NONBLOCK);
		if (!result)
			result = write_text("/proc/self/goto", "7");
		CALL1(NR_exit_group, count == USER_LIMIT + 1 ? -result : 99);
	}
	EXPECT_EQUAL(wait_for_end(child), EAGAIN);
	child = start_writer("/proc/hpc/admin/block", "1", 0);
	for (u32 i = 0; i < USER_LIMIT; i++)
		EXPECT_EQUAL(receive(device).header.type, GOTO);
	EXPECT_EQUAL(answer(device, receive(device).sequence, 0), 0);
	EXPECT_EQUAL(wait_for_end(child), 0);
	CALL1(NR_close, device);
}

TEST(requests_are_read_whole_and_not_lost)
{
	int device = open_device();
	u32 child = start_writer("goto", "7", 0);
	struct request request, again;

	while (!is_readable(device))
		CALL0(NR_sched_yield);
	EXPECT_EQUAL(CALL3(NR_read, device, &request, sizeof(request) - 1), -EINVAL);
	EXPECT_EQUAL(CALL3(NR_read, device, PAGE_SIZE, 4096), -EFAULT);
	again = receive(device);
	EXPECT_EQUAL(again.value, 7);
	EXPECT_EQUAL(answer(device, again.sequence, 0), 0);
	EXPECT_EQUAL(wait_for_end(child), 0);
	CALL1(NR_close, device);
}

TEST(other_pid_namespaces_are_left_out)
{
	int device = open_device();
	u32 child = fork_child();

	if (!child) {
		long inner = CALL1(NR_unshare, 0x20000000 /* CLONE_NEWPID */);

		inner = inner ? -1 : CALL0(NR_fork);
		if (!inner)
			CALL1(NR_exit_group, -write_text("/proc/hpc/admin/block", "1"));
		CALL1(NR_exit_group, wait_for_end((u32)inner));
	}
	EXPECT_EQUAL(wait_for_end(child), EPERM);
	CALL1(NR_close, device);
}
