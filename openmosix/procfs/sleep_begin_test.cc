// SPDX-License-Identifier: GPL-2.0-or-later
#include "procfs/sleep_begin.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <ctime>
#include <string>
#include <thread>

#include "procfs/process_stat.h"

namespace openmosix::sleep_begin_test {
namespace {

std::string statistics_of(const std::string& exec_start, const std::string& switches) {
    return "cat (4711, #threads: 1)\n-------------------\n"
           "se.exec_start                                :      " +
           exec_start +
           "\nse.vruntime                                  :           575.190613\n"
           "nr_switches                                  :                   17\n"
           "nr_voluntary_switches                        :                   " +
           switches + "\nnr_involuntary_switches                      :                    1\n";
}

std::int64_t monotonic() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

class SleepingChild {
public:
    SleepingChild() {
        if (pid_ == 0) {
            for (;;) {
                ::pause();
            }
        }
    }
    ~SleepingChild() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    SleepingChild(const SleepingChild&) = delete;
    SleepingChild& operator=(const SleepingChild&) = delete;
    SleepingChild(SleepingChild&&) = delete;
    SleepingChild& operator=(SleepingChild&&) = delete;

    [[nodiscard]] pid_t pid() const { return pid_; }
    void wait_until_it_sleeps() const {
        while (find_process_stat(pid_).value().state != 'S') {
            std::this_thread::yield();
        }
    }

private:
    pid_t pid_ = ::fork();
};

TEST(SchedulingStatistics, AreParsed) {
    const auto statistics = parse_scheduling_statistics(statistics_of("14813275.045468", "12"));
    ASSERT_TRUE(statistics);
    EXPECT_EQ(statistics->exec_start, 14'813'275'045'468);
    EXPECT_EQ(statistics->voluntary_switches, 12U);
}

TEST(SchedulingStatistics, AreNotTakenOfAnotherFormat) {
    EXPECT_FALSE(parse_scheduling_statistics(""));
    for (const char* exec_start : {"", "1", "1.5", "1.0000000", "-1.000000", "1.00000x", "9999999999999.000000"}) {
        EXPECT_FALSE(parse_scheduling_statistics(statistics_of(exec_start, "12"))) << exec_start;
    }
    EXPECT_FALSE(parse_scheduling_statistics(statistics_of("1.000000", "")));
    EXPECT_FALSE(parse_scheduling_statistics(statistics_of("1.000000", "12 13")));
}

TEST(SleepBegin, IsWhenTheProcessWentToSleep) {
    const std::int64_t before = monotonic();
    const SleepingChild child;
    child.wait_until_it_sleeps();
    const std::int64_t asleep = monotonic();
    if (!find_sleep_begin(child.pid())) {
        GTEST_SKIP() << "this kernel has no /proc/PID/sched";
    }
    // Far longer than what the clocks of processors may differ by in that time, also in a virtual machine that waits.
    while (monotonic() - asleep < 1'000'000'000) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    const auto sleep = find_sleep_begin(child.pid());
    ASSERT_TRUE(sleep);
    constexpr std::int64_t error = 300'000'000;
    EXPECT_GT(sleep->begin, before - error);
    EXPECT_LT(sleep->begin, asleep + error);
}

TEST(SleepBegin, IsNoneOfAProcessThatRuns) {
    EXPECT_FALSE(find_sleep_begin(::getpid()));
}

TEST(SleepBegin, IsNoneOfAProcessThatIsGone) {
    pid_t gone = 0;
    {
        const SleepingChild child;
        gone = child.pid();
    }
    EXPECT_FALSE(find_sleep_begin(gone));
}

}  // namespace
}  // namespace openmosix::sleep_begin_test
