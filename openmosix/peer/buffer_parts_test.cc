// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer/buffer_parts.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <thread>

#include "calls/call_request.h"

namespace openmosix {
namespace {

/// Bytes of all other fields.
constexpr std::size_t max_fields = 200;

class Parts : public testing::Test {
protected:
    Parts() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        one_ = clusterdisc::FileDescriptor(ends[0]);
        other_ = clusterdisc::FileDescriptor(ends[1]);
    }
    /// As the other end puts it together.
    Bytes pass_on(Bytes bytes) {
        MessageSocket to(std::move(one_));
        MessageSocket from(std::move(other_));
        std::thread sender([&] {
            BufferParts::send(to, bytes);
            Call rest;
            rest.request.input = bytes;
            to.send(rest);
        });
        BufferParts parts;
        for (;;) {
            const Frame frame = from.receive_until(std::chrono::steady_clock::now() + std::chrono::seconds(60));
            if (frame.kind != MessageKind::buffer_part) {
                sender.join();
                EXPECT_LE(frame.payload.size(), BufferParts::max_part + max_fields);
                return parts.take(frame.as<Call>().request.input);
            }
            EXPECT_LE(frame.payload.size(), BufferParts::max_part + max_fields);
            parts.add(frame.as<BufferPart>());
        }
    }
    clusterdisc::FileDescriptor one_;
    clusterdisc::FileDescriptor other_;
};

TEST_F(Parts, MakeTheWhole) {
    Bytes bytes(3 * BufferParts::max_part + 5);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(i * 7 + (i >> 16U));
    }
    EXPECT_EQ(pass_on(bytes), bytes);
}

TEST_F(Parts, AreNotNeededForLittle) {
    const Bytes bytes(BufferParts::max_part, 'x');
    EXPECT_EQ(pass_on(bytes), bytes);
}

TEST_F(Parts, HaveAnEnd) {
    BufferParts parts;
    for (std::size_t size = 0; size < max_call_area; size += BufferParts::max_part) {
        parts.add({Bytes(BufferParts::max_part)});
    }
    EXPECT_THROW(parts.add({Bytes(1)}), PeerError);
    EXPECT_EQ(parts.take(Bytes(1)).size(), max_call_area + 1U) << "what refuse() then finds";
    EXPECT_TRUE(parts.take({}).empty()) << "taken once";
    EXPECT_THROW(parts.add({Bytes(BufferParts::max_part + 1)}), PeerError);
}

}  // namespace
}  // namespace openmosix
