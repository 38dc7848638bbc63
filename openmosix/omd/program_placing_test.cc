// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/program_placing.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "balance/yardstick.h"
#include "omd/child_processes.h"
#include "procfs/process_stat.h"

namespace openmosix::program_placing_test {
namespace {

using clusterdisc::EventLoop;
using Kind = ProcessEvent::Kind;

constexpr std::uint64_t second = 1'000'000'000;
/// The accepted error in standard processor seconds: a child that sleeps computes a little, and the test takes time.
constexpr double tolerance = 0.4;

/// A process that sleeps, and of which the test tells what the kernel would.
class ProgramsPlaced : public testing::Test {
protected:
    ProgramsPlaced() {
        pid_ = children_.start_program({"/bin/sleep", "1000"}, {}, [](int) {});
        const auto end = EventLoop::now() + std::chrono::seconds(20);
        while (read_process_stat(pid_).name != "sleep" && EventLoop::now() < end) {
            ::usleep(1000);
        }
        start_time_ = read_process_stat(pid_).start_time;
    }
    void TearDown() override { ::kill(pid_, SIGKILL); }

    void tell(Kind kind) { programs_.take({.kind = kind, .pid = pid_}); }
    void use_elsewhere(std::uint64_t seconds, bool is_counted) {
        programs_.add_elsewhere({.pid = pid_, .start_time = start_time_, .user = seconds * second, .system = 0},
                                balance::standard_speed, is_counted);
    }
    /// By the mean of its runs.
    [[nodiscard]] double work() const {
        const auto needs = planner_.commands().find("sleep");
        return needs ? needs->work : -1;
    }

    EventLoop loop_;
    ChildProcesses children_{loop_.get()};
    pid_t pid_ = 0;
    std::uint64_t start_time_ = 0;
    balance::MovePlanner planner_{1, 1};
    std::vector<pid_t> placed_;
    ProgramPlacing programs_{{.event = loop_.get(),
                              .is_of_this_node = [](pid_t) { return true; },
                              .own_speed = [] { return balance::standard_speed; },
                              .planner = [this] { return &planner_; },
                              .place = [this](pid_t pid, const ProcessStat&, const auto&) { placed_.push_back(pid); }}};
};

TEST_F(ProgramsPlaced, ArePlacedWhenTheyBegin) {
    tell(Kind::exited);
    EXPECT_EQ(work(), -1);
    tell(Kind::executed);
    EXPECT_EQ(placed_, std::vector<pid_t>{pid_});
    tell(Kind::exited);
    EXPECT_NEAR(work(), 0, tolerance);
}

TEST_F(ProgramsPlaced, AreNotCountedWhenASignalEndsThem) {
    tell(Kind::executed);
    tell(Kind::killed);
    EXPECT_EQ(work(), -1);
}

TEST_F(ProgramsPlaced, HaveWhatTheyUsedElsewhereOnce) {
    tell(Kind::executed);
    use_elsewhere(3, false);
    use_elsewhere(5, false);
    tell(Kind::exited);
    EXPECT_NEAR(work(), 5, tolerance);
}

TEST_F(ProgramsPlaced, DoNotHaveWhatTheProgramBeforeThemUsed) {
    tell(Kind::executed);
    use_elsewhere(5, false);
    tell(Kind::executed);
    EXPECT_NEAR(work(), 5, tolerance);
    // The account of the process goes on.
    use_elsewhere(6, false);
    tell(Kind::exited);
    EXPECT_NEAR(work(), 0.75 * 5 + 0.25 * 1, tolerance);
}

TEST_F(ProgramsPlaced, AddNothingTwiceWhenTheKernelBeginsToCount) {
    tell(Kind::executed);
    use_elsewhere(5, false);
    use_elsewhere(6, true);
    use_elsewhere(2, true);
    tell(Kind::exited);
    EXPECT_NEAR(work(), 8, tolerance);
}

TEST_F(ProgramsPlaced, BelongToOneProcess) {
    tell(Kind::executed);
    ++start_time_;
    use_elsewhere(5, false);
    tell(Kind::exited);
    EXPECT_NEAR(work(), 0, tolerance);
}

}  // namespace
}  // namespace openmosix::program_placing_test
