// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "peer/message_socket.h"
#include "peer/messages.h"

namespace openmosix {

/// The input or the output of a call that is too large for one message: parts of it come before the message that has
/// the rest.
class BufferParts {
public:
    static constexpr std::size_t max_part = std::size_t{1} << 20U;

    /// Sends all but the last part, which is left.
    static void send(MessageSocket& socket, Bytes& bytes);
    /// The next that has come. Throws PeerError when they are more than a call may have.
    void add(BufferPart part);
    /// All of it: what has come, and the rest.
    [[nodiscard]] Bytes take(Bytes rest);

private:
    Bytes bytes_;
};

}  // namespace openmosix
