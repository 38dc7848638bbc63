// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer/key_handover.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>
#include <vector>

namespace openmosix {
namespace {

using clusterdisc::ClusterKey;
using clusterdisc::ClusterSecret;
using clusterdisc::KeyRing;

ClusterKey key_of(std::uint8_t byte) {
    ClusterKey key;
    key.fill(byte);
    return key;
}

TEST(KeyHandover, GivesTheSameKeysInTheSameOrder) {
    for (const std::vector<ClusterSecret>& secrets :
         {std::vector<ClusterSecret>{key_of(1)}, std::vector<ClusterSecret>{key_of(2), key_of(1)}}) {
        const KeyRing keys(secrets, "lab");
        const auto reader = hand_over(keys);
        const KeyRing taken = take_over_keys(reader.number());
        EXPECT_EQ(taken.ids(), keys.ids());
        EXPECT_EQ(taken.sealing().migration, keys.sealing().migration);
        EXPECT_EQ(taken.sealing().message, keys.sealing().message);
        EXPECT_EQ(taken.find(keys.ids().back())->migration, keys.find(keys.ids().back())->migration);
    }
}

TEST(KeyHandover, WithoutKeysIsRefused) {
    const clusterdisc::FileDescriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    EXPECT_THROW(take_over_keys(nothing.number()), std::runtime_error);
    const clusterdisc::FileDescriptor text(::memfd_create("text", MFD_CLOEXEC));
    ASSERT_EQ(::write(text.number(), "no keys", 7), 7);
    ASSERT_EQ(::lseek(text.number(), 0, SEEK_SET), 0);
    EXPECT_THROW(take_over_keys(text.number()), std::runtime_error);
    EXPECT_THROW(take_over_keys(-1), std::runtime_error);
}

}  // namespace
}  // namespace openmosix
