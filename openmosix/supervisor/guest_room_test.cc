// SPDX-License-Identifier: GPL-2.0-or-later
#include "supervisor/guest_room.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>

#include "common/temporary_folder.h"
#include "procfs/memory_information.h"

namespace openmosix::guest_room_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;

TEST(GuestRoomTest, IsLimitedByTheGroupOfGuests) {
    const clusterdisc::TemporaryFolder folder;
    std::ofstream(folder.path() + "/memory.max") << 5 * mebibyte << "\n";
    std::ofstream(folder.path() + "/memory.current") << 2 * mebibyte << "\n";
    const std::uint64_t room = room_for_guest({folder.path() + "/cgroup.procs"});
    EXPECT_LE(room, 3 * mebibyte + free_swap());
    EXPECT_GT(room_for_guest({}), room);
}

TEST(GuestRoomTest, MustBeMoreThanAProcessNeeds) {
    EXPECT_EQ(objection_to_memory(16 * mebibyte, 18 * mebibyte), std::nullopt);
    EXPECT_THAT(objection_to_memory(17 * mebibyte, 18 * mebibyte),
                Optional(HasSubstr("18 MiB, where this one needs 17 MiB and 2 MiB besides")));
    EXPECT_EQ(objection_to_memory(800 * mebibyte, 900 * mebibyte), std::nullopt);
    EXPECT_NE(objection_to_memory(800 * mebibyte, 899 * mebibyte), std::nullopt);
    EXPECT_NE(objection_to_memory(1, 0), std::nullopt);
}

TEST(GuestRoomTest, IsNotAskedForByWhoNeedsNone) {
    EXPECT_EQ(objection_to_memory(0, 0), std::nullopt);
}

TEST(GuestRoomTest, IsNeverEnoughForWhatNoMachineHas) {
    constexpr std::uint64_t all = std::numeric_limits<std::uint64_t>::max();
    EXPECT_NE(objection_to_memory(all, mebibyte), std::nullopt);
}

}  // namespace
}  // namespace openmosix::guest_room_test
