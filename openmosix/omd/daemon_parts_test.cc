// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/event_loop.h"
#include "common/file.h"
#include "common/temporary_folder.h"
#include "control/process_list.h"
#include "omd/busy_file.h"
#include "omd/child_processes.h"
#include "omd/child_reports.h"
#include "omd/guest_group.h"
#include "omd/membership.h"
#include "peer/child_report.h"
#include "procfs/process_stat.h"
#include "procfs/unified_group.h"

namespace openmosix {
namespace {

using clusterdisc::EventLoop;
using clusterdisc::IpAddress;
using clusterdisc::NodeMapEntry;

constexpr mode_t file_mode = 0644;

IpAddress address(const char* text) {
    return clusterdisc::parse_ip_address(text).value();
}

/// Lets the loop run until a condition holds; false when that takes too long.
bool run_until(const EventLoop& loop, const std::function<bool()>& condition) {
    constexpr std::uint64_t microseconds_per_turn = 10'000;
    const auto end = EventLoop::now() + std::chrono::seconds(20);
    while (!condition() && EventLoop::now() < end) {
        ::sd_event_run(loop.get(), microseconds_per_turn);
    }
    return condition();
}

TEST(OwnNode, IsTheOneWithOneOfOurAddresses) {
    const std::vector<NodeMapEntry> entries = {{.first = 1, .address = "10.77.0.1", .count = 3},
                                               {.first = 2, .address = "192.0.2.2", .count = 0}};
    EXPECT_EQ(own_node(entries, std::vector{address("198.51.100.1"), address("10.77.0.3")}), 3);
    EXPECT_EQ(own_node(entries, std::vector{address("192.0.2.2")}), 2);
    EXPECT_EQ(own_node(entries, std::vector{address("10.77.0.4")}), std::nullopt);
    EXPECT_EQ(own_node({}, std::vector{address("10.77.0.1")}), std::nullopt);
}

TEST(MembershipOfTheMap, FollowsTheFile) {
    const clusterdisc::TemporaryFolder folder;
    EventLoop loop;
    int changes = 0;
    const Membership membership(loop.get(), {.map = folder.path("map"), .node = 0, .address = address("127.0.0.9")},
                                [&changes] { ++changes; });
    EXPECT_EQ(membership.node(), std::nullopt);
    EXPECT_NE(membership.problem().find("has no nodes"), std::string::npos);
    clusterdisc::replace_file(folder.path("map"), "7 127.0.0.8 2\n", file_mode);
    ASSERT_TRUE(run_until(loop, [&] { return membership.node().has_value(); }));
    EXPECT_EQ(membership.node(), 8);
    EXPECT_EQ(membership.address(), address("127.0.0.9"));
    EXPECT_EQ(membership.node_at(address("127.0.0.8")), 7);
    EXPECT_GT(changes, 0);
}

TEST(MembershipOfTheMap, EndsWithAMapThatIsWrong) {
    const clusterdisc::TemporaryFolder folder;
    clusterdisc::replace_file(folder.path("map"), "7 127.0.0.8 1\n", file_mode);
    EventLoop loop;
    const Membership membership(loop.get(), {.map = folder.path("map"), .node = 7, .address = {}}, [] {});
    EXPECT_EQ(membership.node(), 7);
    clusterdisc::replace_file(folder.path("map"), "7 127.0.0.8\n", file_mode);
    ASSERT_TRUE(run_until(loop, [&] { return !membership.node(); }));
    EXPECT_NE(membership.problem().find("map:1:"), std::string::npos);
    EXPECT_TRUE(membership.entries().empty());
}

TEST(ControlGroups, AreFoundInTheUnifiedHierarchy) {
    EXPECT_EQ(unified_group("1:name=systemd:/x\n0::/system.slice/omd.service\n"), "/system.slice/omd.service");
    EXPECT_EQ(unified_group("0::/\n"), "/");
    EXPECT_EQ(unified_group("1:memory:/x\n"), "");
    EXPECT_EQ(unified_group(""), "");
}

TEST(ControlGroups, TakeShares) {
    EXPECT_EQ(to_memory_max("512M", 1000), "512M");
    EXPECT_EQ(to_memory_max("max", 1000), "max");
    EXPECT_EQ(to_memory_max("60%", 1000), "600");
    EXPECT_EQ(to_memory_max("100%", std::uint64_t{64} << 30U), "68719476700");
}

/// A folder that looks like a delegated group: what the kernel makes in a group is there already.
class GuestGroups : public testing::Test {
protected:
    GuestGroups() {
        for (const char* folder : {"/omd", "/omd/daemon", "/omd/guests", "/omd/supervisors"}) {
            clusterdisc::make_folder(folder_.path() + folder, S_IRWXU);
        }
        for (const char* file : {"omd/cgroup.subtree_control", "omd/daemon/cgroup.procs", "omd/guests/cgroup.procs",
                                 "omd/guests/memory.max", "omd/guests/cpu.weight", "omd/supervisors/cgroup.procs",
                                 "omd/supervisors/memory.max"}) {
            clusterdisc::replace_file(folder_.path(file), "", file_mode);
        }
    }
    void SetUp() override {
        if (::setxattr(folder_.path("omd").c_str(), "user.delegate", "1", 1, 0) != 0) {
            GTEST_SKIP() << "this file system has no user attributes";
        }
    }
    [[nodiscard]] std::string content(const std::string& file) const {
        constexpr std::size_t longest = 4096;
        return clusterdisc::read_file(folder_.path(file), longest).value_or("(missing)");
    }
    [[nodiscard]] const std::string& mount_point() const { return folder_.path(); }

private:
    clusterdisc::TemporaryFolder folder_;
};

TEST_F(GuestGroups, AreOneForBodiesAndOneForSupervisorsWithALimitEach) {
    const GuestGroup group(mount_point(), "0::/omd\n");
    EXPECT_EQ(content("omd/daemon/cgroup.procs"), std::to_string(::getpid()));
    EXPECT_EQ(content("omd/cgroup.subtree_control"), "+cpu +memory");
    group.limit("512M", 20);
    EXPECT_EQ(content("omd/guests/memory.max"), "512M");
    EXPECT_EQ(content("omd/guests/cpu.weight"), "20");
    const auto total = std::stoull(to_memory_max("100%", std::uint64_t{1} << 40U));
    EXPECT_GE(std::stoull(content("omd/supervisors/memory.max")), std::uint64_t{32} << 20U);
    EXPECT_LT(std::stoull(content("omd/supervisors/memory.max")), total);
    add_to_group(group.supervisors_file(), 4711);
    EXPECT_EQ(content("omd/supervisors/cgroup.procs"), "4711");
    EXPECT_EQ(content("omd/guests/cgroup.procs"), "");
    EXPECT_EQ(group.processes_file(), mount_point() + "/omd/guests/cgroup.procs");
}

TEST_F(GuestGroups, AreNotMadeWhereNothingIsDelegated) {
    const GuestGroup group(mount_point(), "0::/omd/daemon\n");
    EXPECT_EQ(group.processes_file(), "");
    EXPECT_EQ(group.supervisors_file(), "");
    group.limit("512M", 20);
    EXPECT_EQ(content("omd/guests/memory.max"), "");
}

class BusyFiles : public testing::Test {
protected:
    BusyFiles() : busy_file_(loop_.get(), folder_.path()) {}
    void put(const std::string& name, std::uint64_t start) const {
        const nlohmann::json state{{"pid", 5}, {"supervisor", ::getpid()}, {"supervisor_start", start}};
        clusterdisc::replace_file(folder_.path(name), state.dump(), file_mode);
    }
    [[nodiscard]] bool is_busy() const { return ::access(folder_.path("busy").c_str(), F_OK) == 0; }
    [[nodiscard]] EventLoop& loop() { return loop_; }
    [[nodiscard]] std::string path(const std::string& name) const { return folder_.path(name); }

private:
    clusterdisc::TemporaryFolder folder_;
    EventLoop loop_;
    BusyFile busy_file_;
};

TEST_F(BusyFiles, AreThereWhileAProcessIsAway) {
    EXPECT_FALSE(is_busy());
    put("processes/5.json", read_process_stat(::getpid()).start_time);
    EXPECT_TRUE(run_until(loop(), [this] { return is_busy(); }));
    clusterdisc::remove_file(path("processes/5.json"));
    EXPECT_TRUE(run_until(loop(), [this] { return !is_busy(); }));
}

TEST_F(BusyFiles, AreThereWhileAGuestIsHere) {
    put("guests/5.json", read_process_stat(::getpid()).start_time);
    EXPECT_TRUE(run_until(loop(), [this] { return is_busy(); }));
}

TEST_F(BusyFiles, AreNotKeptByWhatDeadSupervisorsHaveLeft) {
    put("guests/5.json", 1);
    EventLoop another_loop;
    const clusterdisc::TemporaryFolder unused;
    // The next omd.
    const BusyFile next(another_loop.get(), path(""));
    EXPECT_NE(::access(path("guests/5.json").c_str(), F_OK), 0);
}

TEST(Children, GetOneDescriptorAndTellTheirEnd) {
    EventLoop loop;
    ChildProcesses children(loop.get());
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const clusterdisc::FileDescriptor reader(ends[0]);
    const clusterdisc::FileDescriptor input(::open("/proc/version", O_RDONLY | O_CLOEXEC));
    int status = -1;
    {
        const clusterdisc::FileDescriptor writer(ends[1]);
        // The shell itself has some from 10 on.
        const std::string script =
            "for number in 4 5 6 7 8 9; do test -e /proc/$$/fd/$number && exit 1; done; read first rest; echo $first "
            ">&3; "
            "exit 7";
        children.start_program({"/bin/sh", "-c", script},
                               {.connection = writer.number(), .input = input.number(), .output = -1},
                               [&status](int ended) { status = ended; });
    }
    EXPECT_TRUE(run_until(loop, [&status] { return status != -1; }));
    EXPECT_EQ(describe_end(status), "ended with status 7");
    std::string text(64, '\0');
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(::read(reader.number(), text.data(), text.size()), 0)));
    EXPECT_EQ(text, "Linux\n");
}

TEST(Children, MayHaveNoDescriptor) {
    EventLoop loop;
    ChildProcesses children(loop.get());
    int status = -1;
    const auto has_none = [] { return ::fcntl(child_descriptor, F_GETFD) < 0 ? 0 : 1; };
    children.start_function(has_none, {}, [&status](int ended) { status = ended; });
    ASSERT_TRUE(run_until(loop, [&status] { return status != -1; }));
    EXPECT_EQ(describe_end(status), "ended with status 0");
}

TEST(Children, MayBeFunctionsWhoseExceptionsEndThem) {
    EventLoop loop;
    ChildProcesses children(loop.get());
    std::vector<int> ends;
    const clusterdisc::FileDescriptor nothing(::dup(STDERR_FILENO));
    const auto note = [&ends](int status) { ends.push_back(status); };
    children.start_function([] { return 3; }, {.connection = nothing.number(), .input = -1, .output = -1}, note);
    ASSERT_TRUE(run_until(loop, [&ends] { return ends.size() == 1; }));
    children.start_function([]() -> int { throw std::runtime_error("as expected"); },
                            {.connection = nothing.number(), .input = -1, .output = -1}, note);
    ASSERT_TRUE(run_until(loop, [&ends] { return ends.size() == 2; }));
    EXPECT_EQ(describe_end(ends[0]), "ended with status 3");
    EXPECT_EQ(describe_end(ends[1]), "ended with status 1");
}

TEST(Children, ReportOnceWhatOmdIsToLog) {
    EventLoop loop;
    ChildProcesses children(loop.get());
    std::vector<std::string> heard;
    ChildReports reports(loop.get(), [&heard](const std::string& report) { heard.push_back(report); });
    const clusterdisc::FileDescriptor nothing(::dup(STDERR_FILENO));
    unsigned ended = 0;
    const auto note = [&ended](int) { ++ended; };
    for (const bool is_refused : {true, false}) {
        const auto work = [is_refused] {
            if (is_refused) {
                report_refusal(std::string(2 * max_report, 'x'));
            } else {
                report_nothing_more();
            }
            return 0;
        };
        const clusterdisc::FileDescriptor report = reports.open();
        children.start_function(work, {.connection = nothing.number(), .input = -1, .output = report.number()}, note);
    }
    EXPECT_TRUE(run_until(loop, [&] { return ended == 2 && !heard.empty(); }));
    EXPECT_EQ(heard, std::vector<std::string>{std::string(max_report, 'x')});
}

TEST(Children, ReportWhichGuestHasCome) {
    EventLoop loop;
    ChildProcesses children(loop.get());
    std::optional<std::string> heard;
    ChildReports reports(loop.get(), [&heard](const std::string& report) { heard = report; });
    const clusterdisc::FileDescriptor nothing(::dup(STDERR_FILENO));
    const clusterdisc::FileDescriptor report = reports.open();
    const auto work = [] {
        report_arrival({.home = 65534, .pid = 4711});
        return 0;
    };
    children.start_function(work, {.connection = nothing.number(), .input = -1, .output = report.number()}, [](int) {});
    ASSERT_TRUE(run_until(loop, [&] { return heard.has_value(); }));
    EXPECT_EQ(parse_arrival(*heard), (ArrivedGuest{.home = 65534, .pid = 4711}));
    EXPECT_EQ(parse_arrival("65534 4711\n"), std::nullopt);
    const std::string mark = heard->substr(0, heard->find('6'));
    for (const char* wrong : {"", "1", "1 ", "1 7", "1 7\nx", "0 7\n", "1 0\n", "65536 7\n", "1 -7\n"}) {
        EXPECT_EQ(parse_arrival(mark + wrong), std::nullopt) << wrong;
    }
}

}  // namespace
}  // namespace openmosix
