// SPDX-License-Identifier: GPL-2.0-or-later
//
// libFuzzer target: any bytes as what a peer sends over the call connection, and as the fields of one message. What is
// taken is written again, and must give the same bytes.
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>

#include "common/fuzz/require.h"
#include "common/printable_text.h"
#include "peer/message_socket.h"
#include "peer/peer_text.h"

namespace {

using namespace openmosix;

/// A refusal must be fit for a log.
template <typename Action>
void attempt(Action action) {
    try {
        action();
    } catch (const PeerError& error) {
        require(clusterdisc::is_printable_text(error.what()));
    }
}

/// As the message that it says it is.
template <typename... Messages>
void take_as_one_of(const Frame& frame) {
    const auto take_as = [&frame]<typename Message>(const Message*) {
        if (frame.kind == Message::kind) {
            attempt([&] { require(encode(frame.as<Message>()) == frame.payload); });
        }
    };
    (take_as(static_cast<const Messages*>(nullptr)), ...);
}

void take(const Frame& frame) {
    take_as_one_of<Prepare, ClockQuestion, ClockAnswer, Prepared, Refusal, Arrive, Ready, Go, Call, Result, Signal,
                   Interrupt, SignalsSeen, Mask, Dispositions, ComeHome, FilePage, ComingHome, Halt, Proceed, AllHere,
                   Ended, Over, Recall, BufferPart, WallClock, ProcessorTime, TimeCounted>(frame);
    if (frame.kind == Refusal::kind) {
        attempt([&] { require(clusterdisc::is_printable_text(peer_text(frame.as<Refusal>().reason))); });
    }
}

/// One after another, as the socket gives them, until the connection ends.
void take_stream(std::span<const std::uint8_t> bytes) {
    std::array<int, 2> ends{};
    require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    MessageSocket socket{clusterdisc::FileDescriptor(ends[0])};
    {
        const clusterdisc::FileDescriptor peer(ends[1]);
        // An input is smaller than the socket's buffer.
        require(::send(peer.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
    }
    std::size_t taken = 0;
    attempt([&] {
        while (const auto frame = socket.receive()) {
            taken += sizeof(std::uint32_t) + sizeof(MessageKind) + frame->payload.size();
            require(taken <= bytes.size());
            take(*frame);
        }
        // The other end is closed: there is a message, or an error.
        std::abort();
    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const std::uint8_t> input(data, size);
    Frame frame;
    if (size >= sizeof frame.kind) {
        std::memcpy(&frame.kind, input.data(), sizeof frame.kind);
        const auto fields = input.subspan(sizeof frame.kind);
        frame.payload.assign(fields.begin(), fields.end());
        take(frame);
    }
    take_stream(input);
    return 0;
}
