// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/call_timeout.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <vector>

#include "calls/system_call_table.h"
#include "words.h"

namespace openmosix {
namespace {

std::uint32_t number_of(Abi abi, std::string_view name) {
    for (std::uint32_t number = 0; number < 1000; ++number) {
        const SystemCall* call = find_system_call(abi, number);
        if (call != nullptr && call->name == name) {
            return number;
        }
    }
    ADD_FAILURE() << name << " is not in the table";
    return 0;
}

/// All arguments point to these words.
ReadArgument words(const std::vector<std::int64_t>& values, std::size_t word) {
    Bytes bytes;
    for (const std::int64_t value : values) {
        append_word(bytes, static_cast<std::uint64_t>(value), word);
    }
    return [bytes](std::size_t, std::span<std::uint8_t> to) {
        std::copy_n(bytes.begin(), std::min(to.size(), bytes.size()), to.begin());
        return to.size() <= bytes.size();
    };
}

const ReadArgument nothing = [](std::size_t, std::span<std::uint8_t>) { return false; };

TEST(CallTimeout, IsInMilliseconds) {
    const auto timeout = find_call_timeout(Abi::amd64, number_of(Abi::amd64, "epoll_wait"), {3, 1, 1, 1500}, nothing);
    ASSERT_TRUE(timeout);
    EXPECT_EQ(timeout->nanoseconds, 1'500'000'000);
    EXPECT_EQ(timeout->expired, 0);
}

TEST(CallTimeout, IsNoneWhenACallWaitsWithoutEnd) {
    EXPECT_FALSE(find_call_timeout(Abi::amd64, number_of(Abi::amd64, "poll"), {1, 1, 0xffffffff}, nothing));
    EXPECT_FALSE(find_call_timeout(Abi::amd64, number_of(Abi::amd64, "rt_sigtimedwait"), {1, 0, 0, 8}, nothing));
    EXPECT_FALSE(find_call_timeout(Abi::amd64, number_of(Abi::amd64, "semop"), {1, 1, 1}, nothing));
}

TEST(CallTimeout, IsReadAsTheABIHasIt) {
    const auto of_32_bits =
        find_call_timeout(Abi::i386, number_of(Abi::i386, "rt_sigtimedwait"), {1, 0, 1, 8}, words({2, 5}, 4));
    ASSERT_TRUE(of_32_bits);
    EXPECT_EQ(of_32_bits->nanoseconds, 2'000'000'005);
    EXPECT_EQ(of_32_bits->expired, -EAGAIN);
    const auto of_64_bits =
        find_call_timeout(Abi::i386, number_of(Abi::i386, "semtimedop_time64"), {1, 1, 1, 1}, words({3, 0}, 8));
    ASSERT_TRUE(of_64_bits);
    EXPECT_EQ(of_64_bits->nanoseconds, 3'000'000'000);
    const auto of_ipc = find_call_timeout(Abi::i386, number_of(Abi::i386, "ipc"), {4, 1, 1, 0, 1, 1}, words({1, 0}, 4));
    ASSERT_TRUE(of_ipc);
    EXPECT_EQ(of_ipc->nanoseconds, 1'000'000'000);
}

TEST(CallTimeout, IsNoneWhenTheKernelWouldRefuseIt) {
    const auto number = number_of(Abi::amd64, "semtimedop");
    for (const auto& time : {std::vector<std::int64_t>{-1, 0}, {0, -1}, {0, 1'000'000'000}, {INT64_MAX, 0}}) {
        EXPECT_FALSE(find_call_timeout(Abi::amd64, number, {1, 1, 1, 1}, words(time, 8)));
    }
    EXPECT_FALSE(find_call_timeout(Abi::amd64, number, {1, 1, 1, 1}, nothing));
}

TEST(SocketWait, IsTheSocketsOwn) {
    const auto wait = find_socket_wait(Abi::amd64, number_of(Abi::amd64, "recvfrom"), {7}, nothing);
    ASSERT_TRUE(wait);
    EXPECT_EQ(wait->descriptor, 7);
    EXPECT_EQ(wait->option, SO_RCVTIMEO);
    EXPECT_EQ(wait->expired, -EAGAIN);
    const auto connecting = find_socket_wait(Abi::i386, number_of(Abi::i386, "socketcall"), {3, 1}, words({9}, 4));
    ASSERT_TRUE(connecting);
    EXPECT_EQ(connecting->descriptor, 9);
    EXPECT_EQ(connecting->option, SO_SNDTIMEO);
    EXPECT_EQ(connecting->expired, -EINPROGRESS);
    EXPECT_FALSE(find_socket_wait(Abi::i386, number_of(Abi::i386, "socketcall"), {1, 1}, words({9}, 4)));
    EXPECT_FALSE(find_socket_wait(Abi::amd64, number_of(Abi::amd64, "getppid"), {7}, nothing));
}

}  // namespace
}  // namespace openmosix
