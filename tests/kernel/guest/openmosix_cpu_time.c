/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processor time that was used elsewhere: it is the process's own wherever the kernel shows such time. */
#include "openmosix.h"
#include "signals.h"
#include "tap.h"

/* Of /proc/PID/stat. */
enum { UTIME = 14, STIME = 15, CUTIME = 16, CSTIME = 17 };
enum { TICKS_PER_SECOND = 100, RUSAGE_SELF = 0, RUSAGE_CHILDREN = -1, CLOCK_PROCESS_CPUTIME = 2, ITIMER_PROF = 2 };

static const u64 SECOND = 1000000000;

struct usage {
	u32 user_seconds, user_microseconds, system_seconds, system_microseconds;
	u32 others[14];
};

struct times {
	u32 user, system, user_of_children, system_of_children;
};

static u32 self(void)
{
	return (u32)CALL0(NR_getpid);
}

static long add_time(int device, struct process_id id, u64 user, u64 system)
{
	struct cpu_time record = RECORD(cpu_time, CPU_TIME, id, user, system);

	return SEND(device, record);
}

/*
 * What was used here in between is little, yet not nothing. The kernel knows the sum exactly, and its parts from samples
 * at clock ticks: it scales them to the sum, so a little of one part can become the other.
 */
#define EXPECT_ABOUT(actual, seconds, per_second)                                                                      \
	do {                                                                                                           \
		u32 figure = (u32)(actual), least = (seconds) * (per_second);                                          \
		EXPECT(figure + (per_second) >= least && figure < least + 2 * (per_second), "%u", figure);             \
	} while (0)

/* Waits until it is killed. */
static u32 start_idle_child(void)
{
	u32 child = fork_child();
	u32 no_signals[2] = { 0, 0 };

	if (!child)
		for (;;)
			CALL2(NR_rt_sigsuspend, no_signals, sizeof(no_signals));
	wait_for_state(child, 'S');
	return child;
}

TEST(time_used_elsewhere_is_in_stat)
{
	int device = open_device();
	u32 child = start_idle_child();

	EXPECT_EQUAL(add_time(device, identify(child), 50 * SECOND, 20 * SECOND), 0);
	EXPECT_ABOUT(stat_field(child, UTIME), 50, TICKS_PER_SECOND);
	EXPECT_ABOUT(stat_field(child, STIME), 20, TICKS_PER_SECOND);
	EXPECT_EQUAL(add_time(device, identify(child), SECOND, SECOND / 2), 0);
	EXPECT_EQUAL(add_time(device, identify(child), SECOND, SECOND / 2), 0);
	EXPECT_ABOUT(stat_field(child, UTIME), 52, TICKS_PER_SECOND);
	EXPECT_ABOUT(stat_field(child, STIME), 21, TICKS_PER_SECOND);
	CALL2(NR_kill, child, SIGKILL);
	wait_for_end(child);
	CALL1(NR_close, device);
}

TEST(a_parent_gets_the_time_when_it_waits)
{
	int device = open_device();
	u32 child = start_idle_child();
	struct times before, after;
	struct usage usage, before_wait, after_wait;
	int status;

	CALL1(NR_times, &before);
	CALL2(NR_getrusage, RUSAGE_CHILDREN, &before_wait);
	EXPECT_EQUAL(add_time(device, identify(child), 300 * SECOND, 100 * SECOND), 0);
	CALL2(NR_kill, child, SIGKILL);
	EXPECT_EQUAL(CALL4(NR_wait4, child, &status, 0, &usage), child);
	EXPECT_ABOUT(usage.user_seconds, 300, 1);
	EXPECT_ABOUT(usage.system_seconds, 100, 1);
	CALL1(NR_times, &after);
	EXPECT_ABOUT(after.user_of_children - before.user_of_children, 300, TICKS_PER_SECOND);
	EXPECT_ABOUT(after.system_of_children - before.system_of_children, 100, TICKS_PER_SECOND);
	CALL2(NR_getrusage, RUSAGE_CHILDREN, &after_wait);
	EXPECT_ABOUT(after_wait.user_seconds - before_wait.user_seconds, 300, 1);
	EXPECT_ABOUT(after_wait.system_seconds - before_wait.system_seconds, 100, 1);
	CALL1(NR_close, device);
}

TEST(time_that_comes_after_the_end_counts_until_somebody_has_waited)
{
	int device = open_device();
	u32 child = start_idle_child();
	struct usage usage;
	struct process_id id = identify(child);
	int status;

	CALL2(NR_kill, child, SIGKILL);
	wait_for_state(child, 'Z');
	EXPECT_EQUAL(add_time(device, id, 40 * SECOND, 10 * SECOND), 0);
	EXPECT_EQUAL(CALL4(NR_wait4, child, &status, 0, &usage), child);
	EXPECT_ABOUT(usage.user_seconds, 40, 1);
	EXPECT_ABOUT(usage.system_seconds, 10, 1);
	EXPECT_EQUAL(add_time(device, id, SECOND, 0), -ESRCH);
	CALL1(NR_close, device);
}

/* Seconds of the clock of this process. */
static u32 process_clock(void)
{
	u64 time[2] = { 0, 0 };

	CALL2(NR_clock_gettime64, CLOCK_PROCESS_CPUTIME, time);
	return (u32)time[0];
}

TEST(the_clock_and_the_usage_of_the_process_have_it)
{
	int device = open_device();
	u32 clock = process_clock();
	struct usage before, after;

	CALL2(NR_getrusage, RUSAGE_SELF, &before);
	EXPECT_EQUAL(add_time(device, identify(self()), 30 * SECOND, 10 * SECOND), 0);
	EXPECT_ABOUT(process_clock() - clock, 40, 1);
	CALL2(NR_getrusage, RUSAGE_SELF, &after);
	EXPECT_ABOUT(after.user_seconds - before.user_seconds, 30, 1);
	EXPECT_ABOUT(after.system_seconds - before.system_seconds, 10, 1);
	CALL1(NR_close, device);
}

static volatile u32 ticks;

static void count_tick(int signal, const struct signal_information *information, struct user_context *context)
{
	(void)signal;
	(void)information;
	(void)context;
	ticks++;
}

TEST(timers_of_processor_time_expire_by_it)
{
	/* Interval and value, in seconds and microseconds. */
	u32 timer[4] = { 0, 0, 1000, 0 };
	int device = open_device();

	ticks = 0;
	handle_signal(SIGPROF, count_tick);
	EXPECT_EQUAL(CALL3(NR_setitimer, ITIMER_PROF, timer, 0), 0);
	EXPECT_EQUAL(add_time(device, identify(self()), 999 * SECOND, 2 * SECOND), 0);
	while (!ticks)
		CALL0(NR_getpid);
	EXPECT_EQUAL(ticks, 1);
	/* With the timer, the clock counts in another way. */
	timer[2] = 100000;
	EXPECT_EQUAL(CALL3(NR_setitimer, ITIMER_PROF, timer, 0), 0);
	timer[2] = process_clock();
	EXPECT_EQUAL(add_time(device, identify(self()), 5 * SECOND, 5 * SECOND), 0);
	EXPECT_ABOUT(process_clock() - timer[2], 10, 1);
	timer[2] = 0;
	EXPECT_EQUAL(CALL3(NR_setitimer, ITIMER_PROF, timer, 0), 0);
	CALL1(NR_close, device);
}

TEST(impossible_times_are_refused)
{
	int device = open_device();
	struct process_id id = identify(self());

	EXPECT_EQUAL(add_time(device, id, ~0ull, 0), -EINVAL);
	EXPECT_EQUAL(add_time(device, id, 0, 1ull << 63), -EINVAL);
	id.start_time++;
	EXPECT_EQUAL(add_time(device, id, SECOND, 0), -ESRCH);
	CALL1(NR_close, device);
}
