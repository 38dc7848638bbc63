// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/descriptor_passing.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>

namespace openmosix {
namespace {

using clusterdisc::FileDescriptor;

struct Pair {
    Pair() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        ours = FileDescriptor(ends[0]);
        theirs = FileDescriptor(ends[1]);
    }
    FileDescriptor ours;
    FileDescriptor theirs;
};

std::ptrdiff_t open_descriptors() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

TEST(DescriptorPassing, BringsTheSameFile) {
    const Pair pair;
    const FileDescriptor sent(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(send_with_descriptor(pair.ours.number(), "text", sent.number()), 4);
    std::array<char, 16> buffer{};
    FileDescriptor got;
    EXPECT_EQ(receive_with_descriptor(pair.theirs.number(), buffer, got), 4);
    EXPECT_STREQ(buffer.data(), "text");
    ASSERT_TRUE(got.is_open());
    EXPECT_EQ(std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(got.number())), "/dev/zero");
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    EXPECT_EQ(::fcntl(got.number(), F_GETFD), FD_CLOEXEC);
}

TEST(DescriptorPassing, IsLikeSendAndReceiveWithoutOne) {
    const Pair pair;
    EXPECT_EQ(send_with_descriptor(pair.ours.number(), "text", -1), 4);
    std::array<char, 2> buffer{};
    FileDescriptor got;
    EXPECT_EQ(receive_with_descriptor(pair.theirs.number(), buffer, got), 2);
    EXPECT_EQ(receive_with_descriptor(pair.theirs.number(), buffer, got), 2);
    EXPECT_EQ(receive_with_descriptor(pair.theirs.number(), buffer, got), -1);
    EXPECT_EQ(errno, EAGAIN);
    EXPECT_FALSE(got.is_open());
}

TEST(DescriptorPassing, KeepsOneOfMany) {
    const Pair pair;
    constexpr std::size_t count = 5;
    std::array<int, count> many{};
    many.fill(pair.ours.number());
    char byte = 'x';
    iovec part{&byte, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof many)> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof many);
    std::memcpy(CMSG_DATA(header), many.data(), sizeof many);
    const auto before = open_descriptors();
    EXPECT_EQ(::sendmsg(pair.ours.number(), &message, 0), 1);
    std::array<char, 16> buffer{};
    FileDescriptor got;
    EXPECT_EQ(receive_with_descriptor(pair.theirs.number(), buffer, got), 1);
    EXPECT_TRUE(got.is_open());
    EXPECT_EQ(open_descriptors(), before + 1);
}

}  // namespace
}  // namespace openmosix
