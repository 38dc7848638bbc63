// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer/buffer_parts.h"

#include <utility>

#include "calls/call_request.h"

namespace openmosix {

void BufferParts::send(MessageSocket& socket, Bytes& bytes) {
    std::size_t sent = 0;
    for (; bytes.size() - sent > max_part; sent += max_part) {
        const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(sent);
        socket.send(BufferPart{Bytes(from, from + static_cast<std::ptrdiff_t>(max_part))});
    }
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(sent));
}

void BufferParts::add(BufferPart part) {
    if (part.bytes.size() > max_part || bytes_.size() + part.bytes.size() > max_call_area) {
        throw PeerError("the peer sent more of a call's buffers than a call may have");
    }
    bytes_.insert(bytes_.end(), part.bytes.begin(), part.bytes.end());
}

Bytes BufferParts::take(Bytes rest) {
    if (bytes_.empty()) {
        return rest;
    }
    bytes_.insert(bytes_.end(), rest.begin(), rest.end());
    return std::exchange(bytes_, {});
}

}  // namespace openmosix
