// SPDX-License-Identifier: GPL-2.0-or-later
#include "procfs/group_memory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "common/temporary_folder.h"

namespace openmosix {
namespace {

constexpr std::uint64_t any = std::numeric_limits<std::uint64_t>::max();

/// What is left in a group with these files.
std::uint64_t room(const std::string& limit, const std::string& used) {
    const clusterdisc::TemporaryFolder folder;
    std::ofstream(folder.path() + "/memory.max") << limit;
    std::ofstream(folder.path() + "/memory.current") << used;
    return room_in_group(folder.path());
}

TEST(GroupMemoryTest, IsWhatTheLimitLeaves) {
    EXPECT_EQ(room("1000\n", "300\n"), 700U);
    EXPECT_EQ(room("1000\n", "1000\n"), 0U);
    EXPECT_EQ(room("1000\n", "1200\n"), 0U) << "the limit was made smaller";
}

TEST(GroupMemoryTest, IsAnyWithoutALimit) {
    EXPECT_EQ(room("max\n", "300\n"), any);
    EXPECT_EQ(room_in_group("/nonexistent"), any);
}

}  // namespace
}  // namespace openmosix
