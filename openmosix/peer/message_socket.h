// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/file_descriptor.h"
#include "image/decoding.h"
#include "image/encoding.h"
#include "peer/messages.h"
#include "peer/peer_error.h"

namespace openmosix {

/// A message as it came.
struct Frame {
    MessageKind kind = MessageKind::refusal;
    Bytes payload;

    /// Throws PeerError when it is not such a message, and PeerClosed when it is the last one, after which the
    /// connection is closed.
    template <typename Message>
    [[nodiscard]] Message as() const {
        if (kind != Message::kind && kind == MessageKind::over) {
            throw PeerClosed();
        }
        if (kind != Message::kind) {
            throw PeerError("the peer sent message " + std::to_string(static_cast<unsigned>(kind)) +
                            " in place of message " + std::to_string(static_cast<unsigned>(Message::kind)));
        }
        auto message = decode<Message>(payload);
        if (!message) {
            throw PeerError("the peer sent a malformed message " + std::to_string(static_cast<unsigned>(kind)));
        }
        return std::move(*message);
    }
};

/// Messages over a connected stream socket, none longer than its kind may be (message_limits.h). All functions throw
/// PeerError when the connection has ended.
class MessageSocket {
public:
    /// Switches it to non-blocking, without delay, and to notice within seconds that the peer is dead.
    explicit MessageSocket(clusterdisc::FileDescriptor socket);

    [[nodiscard]] int number() const { return socket_.number(); }

    template <typename Message>
    void send(const Message& message) {
        begin_frame(Message::kind);
        Encoder(output_).put(message);
        end_frame(Message::kind);
    }
    /// The next message if a whole one is there.
    std::optional<Frame> receive();
    /// Looks for a message again and again, for about as long as it takes to be put to sleep and woken, if the last one
    /// came so soon after what was sent before it. Whether a whole one is there; if not, it is time to sleep.
    bool wait_briefly();
    /// Waits for it.
    Frame receive_until(std::chrono::steady_clock::time_point deadline);

private:
    void begin_frame(MessageKind kind);
    void end_frame(MessageKind kind);
    /// Whether a whole message is among the input. Throws PeerError when it is too long, as soon as its header is
    /// there.
    [[nodiscard]] bool has_message() const;
    /// Adds what has come to the input; false when nothing has.
    bool read_input();

    clusterdisc::FileDescriptor socket_;
    Bytes output_;
    Bytes input_;
    std::size_t input_begin_ = 0;
    std::size_t input_end_ = 0;
    std::chrono::steady_clock::time_point sent_;
    /// From the last sending to the first message after it.
    std::chrono::steady_clock::duration last_wait_ = std::chrono::steady_clock::duration::max();
    bool is_unanswered_ = false;
};

}  // namespace openmosix
