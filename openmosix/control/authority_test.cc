// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/authority.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <stdexcept>

namespace openmosix {
namespace {

constexpr uid_t user = 1000;
constexpr gid_t group = 1001;

Requester owner() {
    return {user, group, {4, 20}};
}

ProcessStatus process() {
    ProcessStatus status;
    status.users.fill(user);
    status.groups.fill(group);
    return status;
}

bool may_move(const Requester& requester, const ProcessStatus& status, bool is_closed = false) {
    return objection_to(requester, status, is_closed).empty();
}

TEST(Authority, IsTheOwners) {
    EXPECT_TRUE(may_move(owner(), process()));
    EXPECT_FALSE(may_move({user + 1, group, {}}, process()));
    EXPECT_FALSE(may_move({}, process())) << "nobody";
}

TEST(Authority, IsRootsWhateverTheProcessIs) {
    ProcessStatus status = process();
    status.users[2] = 0;
    status.groups[2] = 0;
    status.supplementary_groups = {7};
    status.capabilities[1] = 1;
    EXPECT_TRUE(may_move({0, 0, {}}, status, true));
}

TEST(Authority, EndsWhereAnyUserOrGroupIdDiffers) {
    for (std::size_t i = 0; i < 4; ++i) {
        for (const std::uint32_t other : {0U, 7U}) {
            ProcessStatus status = process();
            status.users.at(i) = other;
            EXPECT_FALSE(may_move(owner(), status)) << i;
            status = process();
            status.groups.at(i) = other;
            EXPECT_FALSE(may_move(owner(), status)) << i;
            status.groups.at(i) = 4;
            EXPECT_FALSE(may_move(owner(), status)) << "a supplementary group of the requester, as ptrace(2) has it";
        }
    }
}

TEST(Authority, EndsWithGroupsThatTheRequesterLacks) {
    ProcessStatus status = process();
    status.supplementary_groups = {20, group};
    EXPECT_TRUE(may_move(owner(), status)) << "not more than the requester's";
    status.supplementary_groups.push_back(42);
    EXPECT_FALSE(may_move(owner(), status));
    EXPECT_NE(objection_to(owner(), status, false).find("group 42"), std::string::npos);
}

TEST(Authority, EndsWithAnyCapability) {
    for (std::size_t i = 0; i < 4; ++i) {
        ProcessStatus status = process();
        status.capabilities.at(i) = std::uint64_t{1} << 40U;
        EXPECT_FALSE(may_move(owner(), status)) << i;
    }
}

TEST(Authority, EndsWhereTheMemoryIsClosed) {
    EXPECT_FALSE(may_move(owner(), process(), true));
}

TEST(Authority, IsLookedUpInProc) {
    EXPECT_EQ(objection_to({0, 0, {}}, ::getpid()), "");
    EXPECT_NE(objection_to({}, ::getpid()), "");
    EXPECT_THROW(objection_to({0, 0, {}}, 1 << 30), std::runtime_error);
    EXPECT_EQ(is_closed_to_owner(::getpid(), ::geteuid() + 1), true);
}

}  // namespace
}  // namespace openmosix
