// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "memory/low_memory.h"
#include "memory/page_wire.h"

namespace openmosix {

/// Takes what comes over a page connection apart, in whatever pieces it comes. One object serves a connection for its
/// whole life, so that a message half read by one user is finished by the next.
class PageReader {
public:
    /// What a message says, and what follows it; pages that came compressed as if they had come as `data`.
    using Handler = std::function<void(const PageHeader&, std::span<const std::uint8_t>)>;

    /// Reads what is there from a socket, without waiting, and calls `handler` for each whole message. False when the
    /// connection has ended; throws std::runtime_error for what no message is, and std::system_error.
    bool read(int socket, const Handler& handler);

private:
    void handle(PageHeader header, std::span<const std::uint8_t> payload, const Handler& handler);

    LowMemory buffer_{sizeof(PageHeader) + max_pages_of_message * page_size};
    std::size_t filled_ = 0;
    /// Where what came compressed is unpacked.
    std::optional<LowMemory> unpacked_;
};

}  // namespace openmosix
