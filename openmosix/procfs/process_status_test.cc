// SPDX-License-Identifier: GPL-2.0-or-later
#include "procfs/process_status.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <utility>

namespace openmosix {
namespace {

/// As Linux 6.1 writes it.
const std::string whole =
    "Name:\tcat\nUmask:\t0027\nState:\tS (sleeping)\nTgid:\t4711\nNgid:\t0\nPid:\t4711\nPPid:\t12\nTracerPid:\t99\n"
    "Uid:\t1000\t1001\t1002\t1003\nGid:\t4\t5\t6\t4294967294\nFDSize:\t64\nGroups:\t4 20 24 \nVmPeak:\t    3060 kB\n"
    "VmSize:\t    3060 kB\nVmLck:\t       8 kB\nVmPin:\t      12 kB\nRssAnon:\t     340 kB\nVmSwap:\t      20 "
    "kB\nHugetlbPages:\t    2048 kB\nThreads:\t3\n"
    "SigQ:\t0/96365\nSigPnd:\t0000000000000001\nShdPnd:\t0000000000000002\nSigBlk:\t8000000000000000\n"
    "SigIgn:\t0000000000001000\nSigCgt:\t0000000180004002\nCapInh:\t0000000000000001\nCapPrm:\t000001ffffffffff\n"
    "CapEff:\t0000000000000002\nCapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000003\nNoNewPrivs:\t0\nSeccomp:\t2\n"
    "Speculation_Store_Bypass:\tthread vulnerable\nCpus_allowed_list:\t0-1\n";

std::string changed(const std::string& from, const std::string& to) {
    std::string text = whole;
    const std::size_t place = text.find(from);
    EXPECT_NE(place, std::string::npos) << from;
    return text.replace(place, from.size(), to);
}

TEST(ProcessStatuses, AreParsed) {
    const auto status = parse_process_status(whole);
    ASSERT_TRUE(status);
    EXPECT_EQ(status->name, "cat");
    EXPECT_EQ(status->umask, 027U);
    EXPECT_EQ(status->thread_group, 4711);
    EXPECT_EQ(status->parent, 12);
    EXPECT_EQ(status->tracer, 99);
    EXPECT_EQ(status->users, (std::array<uid_t, 4>{1000, 1001, 1002, 1003}));
    EXPECT_EQ(status->groups, (std::array<gid_t, 4>{4, 5, 6, 4294967294}));
    EXPECT_EQ(status->supplementary_groups, (std::vector<gid_t>{4, 20, 24}));
    EXPECT_EQ(status->threads, 3U);
    EXPECT_EQ(status->seccomp, 2U);
    EXPECT_TRUE(status->has_memory);
    EXPECT_EQ(status->anonymous_kilobytes, 340U);
    EXPECT_EQ(status->swapped_kilobytes, 20U);
    EXPECT_EQ(status->locked_kilobytes, 8U);
    EXPECT_EQ(status->pinned_kilobytes, 12U);
    EXPECT_EQ(status->huge_page_kilobytes, 2048U);
    EXPECT_EQ(status->pending, 1U);
    EXPECT_EQ(status->shared_pending, 2U);
    EXPECT_EQ(status->blocked, std::uint64_t{1} << 63U);
    EXPECT_EQ(status->ignored, 0x1000U);
    EXPECT_EQ(status->caught, 0x180004002U);
    EXPECT_EQ(status->capabilities, (std::array<BitSet, 4>{1, 0x1ffffffffff, 2, 3}));
}

TEST(ProcessStatuses, AreThoseOfProcessesThatHaveEnded) {
    std::string text = changed("Umask:\t0027\n", "");
    text.erase(text.find("VmPeak"), text.find("Threads") - text.find("VmPeak"));
    const auto status = parse_process_status(text);
    ASSERT_TRUE(status);
    EXPECT_FALSE(status->has_memory);
    EXPECT_EQ(status->umask, std::nullopt);
    EXPECT_EQ(status->locked_kilobytes, 0U);
}

TEST(ProcessStatuses, HaveAnyName) {
    EXPECT_EQ(parse_process_status(changed("\tcat\n", "\t\n"))->name, "");
    EXPECT_EQ(parse_process_status(changed("\tcat\n", "\tUid:\t0\t0\t0\t0\n"))->name, "Uid:\t0\t0\t0\t0");
    EXPECT_EQ(parse_process_status(changed("\tcat\n", "\ta\\nb\\\\n\\x\n"))->name, "a\nb\\n\\x");
}

TEST(ProcessStatuses, SayHowManyNamespacesBelowOursNumberThem) {
    EXPECT_EQ(parse_process_status(whole)->nested_pid_namespaces, 0U);
    EXPECT_EQ(parse_process_status(changed("Pid:\t4711\n", "Pid:\t4711\nNSpid:\t4711\n"))->nested_pid_namespaces, 0U);
    const auto status = parse_process_status(changed("Pid:\t4711\n", "Pid:\t4711\nNSpid:\t4711\t12\t1\n"));
    ASSERT_TRUE(status);
    EXPECT_EQ(status->nested_pid_namespaces, 2U);
    EXPECT_FALSE(parse_process_status(changed("Pid:\t4711\n", "Pid:\t4711\nNSpid:\t4711\tx\n")));
}

TEST(ProcessStatuses, AreNotParsedInPart) {
    // A whole line is missing only at the very end, where no line matters.
    for (std::size_t size = 0; size < whole.find("CapBnd"); ++size) {
        EXPECT_FALSE(parse_process_status(whole.substr(0, size))) << size;
    }
    EXPECT_FALSE(parse_process_status(whole.substr(whole.find("Umask"))));
    for (const std::string key : {"Tgid", "PPid", "TracerPid", "Uid", "Gid", "Groups", "Threads", "SigPnd", "ShdPnd",
                                  "SigBlk", "SigIgn", "SigCgt", "CapInh", "CapPrm", "CapEff"}) {
        EXPECT_FALSE(parse_process_status(changed("\n" + key + ":", "\nOther:"))) << key;
    }
}

TEST(ProcessStatuses, AreNothingElse) {
    for (const auto& [from, to] : std::initializer_list<std::pair<std::string, std::string>>{
             {"Uid:\t1000\t1001\t1002\t1003", "Uid:\t1000\t1001\t1002"},
             {"Uid:\t1000\t1001\t1002\t1003", "Uid:\t1000\t1001\t1002\t1003\t1004"},
             {"Uid:\t1000", "Uid:\t-1"},
             {"Uid:\t1000", "Uid:\t4294967296"},
             {"4 20 24 ", "4 20 x"},
             {"VmLck:\t       8 kB", "VmLck:\t       8 MB"},
             {"Tgid:\t4711", "Tgid:\t"},
             {"CapEff:\t", "CapEff:\tx"},
             {"PPid:\t12\n", "PPid:\t12\nPPid:\t13\n"},
             {"State:\tS", "State S"}}) {
        EXPECT_FALSE(parse_process_status(changed(from, to))) << to;
    }
    EXPECT_FALSE(parse_process_status(""));
}

TEST(ProcessStatuses, AreReadFromTheKernel) {
    ASSERT_EQ(::prctl(PR_SET_NAME, "a)\nb\\ (c"), 0);  // NOLINT(cppcoreguidelines-pro-type-vararg)
    const ProcessStatus status = read_process_status(::getpid());
    EXPECT_EQ(status.name, "a)\nb\\ (c");
    EXPECT_EQ(status.thread_group, ::getpid());
    EXPECT_EQ(status.parent, ::getppid());
    EXPECT_EQ(status.users[1], ::geteuid());
    EXPECT_EQ(status.groups[1], ::getegid());
    EXPECT_TRUE(status.has_memory);
    EXPECT_EQ(status.supplementary_groups.size(), static_cast<std::size_t>(::getgroups(0, nullptr)));
    EXPECT_EQ(find_process_status(1 << 30), std::nullopt);
    EXPECT_THROW(read_process_status(1 << 30), std::runtime_error);
}

}  // namespace
}  // namespace openmosix
