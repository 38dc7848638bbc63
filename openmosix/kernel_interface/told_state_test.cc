// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel_interface/told_state.h"

#include <gtest/gtest.h>

namespace openmosix::kernel {
namespace {

using Records = std::vector<Record>;

constexpr Process process{.pid = 4711, .start_time = 5};

TEST(ToldState, SaysOnlyWhatChanges) {
    ToldState told;
    ShownState wanted;
    wanted.admin = {{AdminFile::mospe, 3}, {AdminFile::block, 0}};
    wanted.nodes = {{3, NodeValues{.is_up = true}}, {4, NodeValues{.is_up = true}}};
    EXPECT_EQ(told.change_to(wanted).size(), 4U);
    EXPECT_TRUE(told.change_to(wanted).empty());
    wanted.admin[AdminFile::block] = 1;
    EXPECT_EQ(told.change_to(wanted), Records{admin_record(AdminFile::block, 1)});
    wanted.nodes[4].load = 250;
    EXPECT_EQ(told.change_to(wanted), Records{node_record(4, wanted.nodes[4])});
    wanted.nodes.erase(4);
    EXPECT_EQ(told.change_to(wanted), Records{node_removal(4)});
}

TEST(ToldState, BringsAProcessHomeThatIsNotThereAnyMore) {
    ToldState told;
    ShownState wanted;
    wanted.processes = {{process, {.where = 2, .moves = 3, .reasons = ""}}};
    EXPECT_EQ(told.change_to(wanted).size(), 1U);
    wanted.processes.clear();
    EXPECT_EQ(told.change_to(wanted), Records{process_record(process, {})});
    EXPECT_TRUE(told.change_to(wanted).empty());
}

TEST(ToldState, SaysTheStateOfOneProcess) {
    ToldState told;
    const ProcessState away{.where = 2, .moves = 1, .reasons = ""};
    EXPECT_EQ(told.change_to(process, away), Records{process_record(process, away)});
    EXPECT_TRUE(told.change_to(process, away).empty());
    ShownState wanted;
    wanted.processes = {{process, away}};
    EXPECT_TRUE(told.change_to(wanted).empty());
}

TEST(ToldState, RemovesGuests) {
    ToldState told;
    ShownState wanted;
    wanted.guests = {{process, {.home = 2, .pid_at_home = 99, .identity = "pid=99"}}};
    EXPECT_EQ(told.change_to(wanted), Records{guest_record(process, wanted.guests[process])});
    EXPECT_EQ(told.change_to(ShownState()), Records{guest_removal(process)});
}

}  // namespace
}  // namespace openmosix::kernel
