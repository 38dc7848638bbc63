// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>

#include "balance/plausibility.h"
#include "balance/tuning.h"
#include "common/event_loop.h"
#include "common/file.h"
#include "common/temporary_folder.h"
#include "load/control_group.h"
#include "load/own_node.h"
#include "load/process_survey.h"

namespace openmosix::load_test {
namespace {

TEST(ProcessorLimits, AreParsed) {
    EXPECT_EQ(parse_processor_limit("50000 100000\n"), 50U);
    EXPECT_EQ(parse_processor_limit("1 1000000\n"), 1U);
    EXPECT_EQ(parse_processor_limit("max 100000\n"), std::nullopt);
    EXPECT_EQ(parse_processor_limit("-1\n", "100000\n"), std::nullopt);
    EXPECT_EQ(parse_processor_limit("250000\n", "100000\n"), 250U);
    for (const char* text : {"", " ", "1", "1 ", "1 0", "99999999999999999999 1"}) {
        EXPECT_EQ(parse_processor_limit(text), std::nullopt) << text;
    }
}

TEST(ControlGroups, AreThoseOfSystemd) {
    EXPECT_EQ(systemd_group("0::/user.slice/user-1.slice\n"), "/user.slice/user-1.slice");
    EXPECT_EQ(systemd_group("3:cpu:/\n1:name=systemd:/init.scope\n0::/\n"), "/init.scope");
    EXPECT_EQ(systemd_group("3:cpu:/a\n"), "");
    EXPECT_EQ(systemd_group(""), "");
}

TEST(ControlGroups, HaveTheProcessesOfThoseBelowThem) {
    const clusterdisc::TemporaryFolder folder;
    std::filesystem::create_directories(folder.path() + "/a/b");
    std::ofstream(folder.path() + "/cgroup.procs") << "7\n0\n";
    std::ofstream(folder.path() + "/a/b/cgroup.procs") << "5\n7\nx\n";
    EXPECT_EQ(processes_in(folder.path()), (std::vector<pid_t>{5, 7}));
    EXPECT_TRUE(processes_in(folder.path() + "/none").empty());
}

TEST(Load, IsThatOfOthers) {
    EXPECT_DOUBLE_EQ(parse_runnable("0.10 0.20 0.30 3/345 678\n"), 2);
    EXPECT_DOUBLE_EQ(parse_runnable("0.10 0.20 0.30 0/345 678\n"), 0);
    for (const char* text : {"", "1/", "/", "a b c d/e"}) {
        EXPECT_DOUBLE_EQ(parse_runnable(text), 0) << text;
    }
}

TEST(Memory, IsInPages) {
    const MemoryPages memory = parse_memory("MemTotal:  8000 kB\nMemFree: 4 kB\nMemAvailable:    400 kB\n");
    EXPECT_EQ(memory.total, 2000U);
    EXPECT_EQ(memory.free, 100U);
    EXPECT_EQ(parse_memory("").total, 0U);
    EXPECT_EQ(parse_memory("MemTotal: 4 kB\nMemAvailable: 99999999999999999 kB\n").free, 1U);
}

TEST(ProcessKinds, AreByGroupAndTerminal) {
    using balance::ProcessKind;
    EXPECT_EQ(kind_of("/system.slice/cron.service", TerminalRole::none, 1), ProcessKind::system_service);
    EXPECT_EQ(kind_of("/init.scope", TerminalRole::none, 1), ProcessKind::system_service);
    EXPECT_EQ(kind_of("/system.slice/system-getty.slice/getty@tty1.service", TerminalRole::none, 1),
              ProcessKind::ordinary);
    EXPECT_EQ(kind_of("/system.slice/ssh.service", TerminalRole::none, 1), ProcessKind::ordinary);
    EXPECT_EQ(kind_of("/user.slice/user-1000.slice/session-1.scope", TerminalRole::foreground, 0.3),
              ProcessKind::interactive);
    EXPECT_EQ(kind_of("/user.slice/user-1000.slice/session-1.scope", TerminalRole::foreground, 1),
              ProcessKind::ordinary);
    EXPECT_EQ(kind_of("", TerminalRole::none, 0.1), ProcessKind::ordinary);
    EXPECT_EQ(kind_of("/user.slice/user-1000.slice/session-1.scope", TerminalRole::session_leader, 1),
              ProcessKind::interactive);
    EXPECT_EQ(kind_of("/user.slice/user-1000.slice/user@1000.service/init.scope", TerminalRole::none, 1),
              ProcessKind::system_service);
    EXPECT_EQ(kind_of("/user.slice/user-1000.slice/user@1000.service", TerminalRole::none, 1),
              ProcessKind::system_service);
    EXPECT_EQ(kind_of("/user.slice/user-1000.slice/user@1000.service/app.slice/job.service", TerminalRole::none, 1),
              ProcessKind::ordinary);
}

TEST(ProcessKinds, HaveLoginShellsStay) {
    ProcessStat stat;
    stat.terminal = 0x401;
    stat.session = 1;
    stat.process_group = 77;
    ProcessStatus status;
    status.thread_group = 77;
    status.parent = 1;
    // The first process belongs to root.
    status.users.fill(1000);
    EXPECT_EQ(terminal_role(stat, status), TerminalRole::login_shell);
    EXPECT_EQ(kind_of("/system.slice/system-getty.slice/getty@tty1.service", TerminalRole::login_shell, 1),
              balance::ProcessKind::interactive);
    status.users.fill(0);
    EXPECT_EQ(terminal_role(stat, status), TerminalRole::none);
    status.users.fill(1000);
    // The child of a shell.
    status.parent = 76;
    EXPECT_EQ(terminal_role(stat, status), TerminalRole::none);
    stat.session = 77;
    EXPECT_EQ(terminal_role(stat, status), TerminalRole::session_leader);
    stat.terminal = 0;
    EXPECT_EQ(terminal_role(stat, status), TerminalRole::none);
}

TEST(OwnNode, HasProcessorsAndMemory) {
    OwnNode node("");
    const auto now = clusterdisc::EventLoop::now();
    node.sample(now, {});
    const auto state = node.state(now);
    EXPECT_GE(state.processors.threads, state.processors.cores);
    EXPECT_GE(state.processors.cores, 1);
    EXPECT_GT(state.total_pages, state.free_pages);
}

TEST(OwnNode, IsPlausibleBeforeItsFirstSample) {
    // Others may be told of it then, and would distrust it for a minute.
    const auto state = OwnNode("").state(clusterdisc::EventLoop::now());
    EXPECT_EQ(balance::plausibility_of(state), balance::Plausibility::plausible);
}

TEST(OwnNode, HasTheProcessorsOfItsGroupOrOfItsContainer) {
    const clusterdisc::TemporaryFolder root;
    EXPECT_EQ(OwnNode("", root.path()).state({}).processors.limit, balance::Processors::no_limit);
    clusterdisc::make_folder(root.path("cpu"), S_IRWXU);
    std::ofstream(root.path("cpu/cpu.cfs_quota_us")) << "20000\n";
    std::ofstream(root.path("cpu/cpu.cfs_period_us")) << "100000\n";
    EXPECT_EQ(OwnNode("", root.path()).state({}).processors.limit, 20);
    std::ofstream(root.path("cpu.max")) << "150000 100000\n";
    EXPECT_EQ(OwnNode("", root.path()).state({}).processors.limit, 150);
    const clusterdisc::TemporaryFolder group;
    EXPECT_EQ(OwnNode(group.path(), root.path()).state({}).processors.limit, balance::Processors::no_limit);
    std::ofstream(group.path("cpu.max")) << "50000 100000\n";
    EXPECT_EQ(OwnNode(group.path(), root.path()).state({}).processors.limit, 50);
}

/// Computes until it is killed.
class BusyChild {
public:
    BusyChild() {
        if (pid_ == 0) {
            for (;;) {
                static_cast<void>(::getppid());
            }
        }
    }
    ~BusyChild() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    BusyChild(const BusyChild&) = delete;
    BusyChild& operator=(const BusyChild&) = delete;
    BusyChild(BusyChild&&) = delete;
    BusyChild& operator=(BusyChild&&) = delete;
    [[nodiscard]] pid_t pid() const { return pid_; }

private:
    pid_t pid_ = ::fork();
};

TEST(OwnNode, KnowsWhatRunsForItsOwnUsers) {
    const BusyChild child;
    const BusyChild guest;
    const clusterdisc::TemporaryFolder group;
    std::ofstream(group.path() + "/cgroup.procs") << child.pid() << "\n" << guest.pid() << "\n" << ::getpid() << "\n";
    OwnNode node(group.path());
    const auto now = clusterdisc::EventLoop::now();
    const auto later = now + std::chrono::minutes(1);
    node.sample(now, {guest.pid(), ::getpid()});
    EXPECT_NEAR(node.state(later).runnable(), 2, 0.01);
    EXPECT_NEAR(node.own_runnable(later), 1, 0.01);
}

/// What a survey says about one process; waits until it finds it.
balance::ProcessState find(ProcessSurvey& survey, const ProcessSurvey::Known& known, pid_t pid) {
    for (;;) {
        for (const ProcessSurvey::Found& found : survey.look(clusterdisc::EventLoop::now(), known)) {
            if (found.pid == pid) {
                return found.state;
            }
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

TEST(ProcessSurveys, FindWhatComputes) {
    const BusyChild child;
    ProcessSurvey survey("");
    ProcessSurvey::Known known;
    known.own_node = 3;
    known.pace_of = [](balance::NodeId) { return 0.5; };
    const auto state = find(survey, known, child.pid());
    EXPECT_EQ(state.id, (balance::ProcessId{.home = 3, .pid = child.pid()}));
    EXPECT_GE(state.processor_time, balance::tuning::min_age);
    EXPECT_GT(state.demand, 0.2);
    EXPECT_FALSE(state.arrived);
    EXPECT_GT(state.pages, 0U);
    EXPECT_EQ(state.abi, sizeof(long) == 8 ? balance::Abi::amd64 : balance::Abi::i386);

    known.away.emplace(child.pid(), 9);
    for (const ProcessSurvey::Found& found : survey.look(clusterdisc::EventLoop::now(), known)) {
        EXPECT_NE(found.pid, child.pid());
    }
    known.away.clear();
    const auto back = find(survey, known, child.pid());
    EXPECT_TRUE(back.arrived);
    ASSERT_EQ(back.former.size(), 1U);
    EXPECT_EQ(back.former[0].node, 9);
    EXPECT_DOUBLE_EQ(back.former[0].pace, 0.5);

    known.guests.emplace(child.pid(), ProcessSurvey::Guest{.id = {.home = 5, .pid = 77}, .user = 1000});
    const auto guest = find(survey, known, child.pid());
    EXPECT_EQ(guest.id, (balance::ProcessId{.home = 5, .pid = 77}));
    EXPECT_EQ(guest.user, 1000U);
    EXPECT_EQ(survey.why_left_out(child.pid(), known), "");
}

TEST(ProcessSurveys, SayWhatTheyLeaveOut) {
    ProcessSurvey survey("");
    ProcessSurvey::Known known;
    known.pace_of = [](balance::NodeId) { return 0.5; };
    known.left_out.insert(1);
    EXPECT_EQ(survey.why_left_out(1, known), "it is a part of omd");
    EXPECT_EQ(survey.why_left_out(std::numeric_limits<pid_t>::max(), known), "there is no such process");
    if (const auto stat = find_process_stat(2); stat && stat->name == "kthreadd") {
        EXPECT_EQ(survey.why_left_out(2, known), "it is a thread of the kernel");
    }
    const pid_t idle = ::fork();
    if (idle == 0) {
        ::pause();
        ::_exit(0);
    }
    EXPECT_EQ(survey.why_left_out(idle, known), "it has used 0 ms of a processor, and is looked at from 75 ms on");
    ::kill(idle, SIGKILL);
    ::siginfo_t end{};
    ::waitid(P_PID, static_cast<id_t>(idle), &end, WEXITED | WNOWAIT);
    EXPECT_EQ(survey.why_left_out(idle, known), "it has ended");
    ::waitpid(idle, nullptr, 0);
}

TEST(ProcessSurveys, SayHowMuchAProcessComputesThatSleeps) {
    const BusyChild child;
    ProcessSurvey survey("");
    ProcessSurvey::Known known;
    known.pace_of = [](balance::NodeId) { return 0.5; };
    find(survey, known, child.pid());
    ::kill(child.pid(), SIGSTOP);
    std::string why;
    const auto end = clusterdisc::EventLoop::now() + std::chrono::seconds(20);
    while (why.empty() && clusterdisc::EventLoop::now() < end) {
        ::usleep(100'000);
        survey.look(clusterdisc::EventLoop::now(), known);
        why = survey.why_left_out(child.pid(), known);
    }
    EXPECT_TRUE(why.starts_with("it computes in ") && why.ends_with(" % of its time, and is looked at from 25 % on"))
        << why;
}

TEST(ProcessSurveys, TellWhatHasEnded) {
    ProcessSurvey survey("");
    ProcessSurvey::Known known;
    known.pace_of = [](balance::NodeId) { return 0.5; };
    pid_t pid = 0;
    {
        const BusyChild child;
        pid = child.pid();
        survey.look(clusterdisc::EventLoop::now(), known);
        survey.look(clusterdisc::EventLoop::now(), known);
        EXPECT_EQ(std::ranges::find(survey.ended(), pid), survey.ended().end());
    }
    survey.look(clusterdisc::EventLoop::now(), known);
    EXPECT_NE(std::ranges::find(survey.ended(), pid), survey.ended().end());
}

}  // namespace
}  // namespace openmosix::load_test
