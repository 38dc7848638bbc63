// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/selection.h"

#include <gtest/gtest.h>

#include "balance/reason_memory.h"
#include "balance/tuning.h"

namespace openmosix::balance {
namespace selection_test {
namespace {

using std::chrono::seconds;

ProcessState process(const std::string& command = "blast", uid_t user = 1000) {
    ProcessState state;
    state.id = {.home = 1, .pid = 100};
    state.command = command;
    state.user = user;
    state.control_group = "/user.slice/user-1000.slice/session-1.scope";
    return state;
}

std::optional<StayReason> reason(const ProcessState& state, const Selection& selection = {}) {
    NodeState node;
    node.node = 1;
    return permanent_stay_reason(state, node, selection);
}

TEST(Patterns, HaveStarsForAnyCharacters) {
    EXPECT_TRUE(matches("cc1", "cc1"));
    EXPECT_TRUE(matches("cc*", "cc1plus"));
    EXPECT_TRUE(matches("*a*b*", "xxaxxbxx"));
    EXPECT_TRUE(matches("*", ""));
    EXPECT_FALSE(matches("", "a"));
    EXPECT_FALSE(matches("cc1", "cc1plus"));
    EXPECT_FALSE(matches("a*b", "axxc"));
    EXPECT_FALSE(matches("*a*a*a*a*b", std::string(2000, 'a')));
}

TEST(Selection, LetsOrdinaryProcessesOfUsersMove) {
    EXPECT_EQ(reason(process()), std::nullopt);
}

TEST(Selection, NeverMovesBySurprise) {
    EXPECT_EQ(reason(process("blast", 0)), StayReason::of_root);
    ProcessState service = process();
    service.kind = ProcessKind::system_service;
    EXPECT_EQ(reason(service), StayReason::system_service);
    ProcessState shell = process();
    shell.kind = ProcessKind::interactive;
    EXPECT_EQ(reason(shell), StayReason::interactive);
    ProcessState locked = process();
    locked.lock = MoveLock::locked;
    EXPECT_EQ(reason(locked), StayReason::locked);
    ProcessState threads = process();
    threads.cant_move = "clone_vm: it has threads";
    EXPECT_EQ(reason(threads), StayReason::cant_move);
}

TEST(Selection, HasListsByCommandUserAndControlGroup) {
    Selection selection;
    selection.root = RootProcesses::may_move;
    EXPECT_EQ(reason(process("blast", 0), selection), std::nullopt);
    selection.excluded.commands = {"ssh*"};
    selection.excluded.users = {1001};
    selection.excluded.control_groups = {"/batch.slice"};
    EXPECT_EQ(reason(process("sshd"), selection), StayReason::excluded);
    EXPECT_EQ(reason(process("blast", 1001), selection), StayReason::excluded);
    ProcessState batch = process();
    batch.control_group = "/batch.slice/job7";
    EXPECT_EQ(reason(batch, selection), StayReason::excluded);
    batch.control_group = "/batch.slices";
    EXPECT_EQ(reason(batch, selection), std::nullopt);
    selection.included.commands = {"blast"};
    EXPECT_EQ(reason(process("povray"), selection), StayReason::not_included);
    EXPECT_EQ(reason(process("blast"), selection), std::nullopt);
}

TEST(Selection, LeavesTheSelectionOfGuestsToTheirHomes) {
    ProcessState guest = process("blast", 0);
    guest.id.home = 2;
    EXPECT_EQ(reason(guest), std::nullopt);
    guest.lock = MoveLock::locked;
    EXPECT_EQ(reason(guest), StayReason::locked);
}

TEST(Reasons, AreLookedAtAgainMoreAndMoreRarely) {
    ReasonMemory reasons;
    const ProcessId id{.home = 1, .pid = 7};
    reasons.remember(seconds(0), id, "clone_vm");
    EXPECT_EQ(reasons.reason(id), "clone_vm");
    EXPECT_TRUE(reasons.is_paused(seconds(9), id));
    EXPECT_FALSE(reasons.is_paused(seconds(10), id));
    reasons.remember(seconds(10), id, "clone_vm");
    EXPECT_TRUE(reasons.is_paused(seconds(29), id));
    for (int time = 0; time < 20; ++time) {
        reasons.remember(seconds(30), id, "clone_vm");
    }
    EXPECT_FALSE(reasons.is_paused(seconds(30) + tuning::max_reason_pause, id));
    reasons.forget_old(seconds(10'000));
    EXPECT_EQ(reasons.reason(id), "");
}

}  // namespace
}  // namespace selection_test
}  // namespace openmosix::balance
