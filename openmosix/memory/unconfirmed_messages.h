// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <deque>

#include "memory/page_wire.h"

namespace openmosix {

/// The messages of pages that were sent and that the peer has not dealt with. It says how much work it has done
/// (PageHeader::Kind::received); this says how many bytes of the connection that was.
class UnconfirmedMessages {
public:
    /// A message was sent, or will be before any later one.
    void add(const PageHeader& header);
    /// Returns the bytes of all messages until the last one that the peer has dealt with; 0 when there is no new one.
    std::uint64_t confirm(std::uint64_t work);

    /// The work that is done by the peer alone, without bytes of ours, and that it has not done yet: it copies pages
    /// that it has, and unpacks what was compressed.
    [[nodiscard]] std::uint64_t work_of_peer() const { return work_of_peer_; }
    /// The work that the peer has done since the beginning.
    [[nodiscard]] std::uint64_t done() const { return done_; }

private:
    struct Message {
        /// Sums of all messages up to this one.
        std::uint64_t work = 0;
        std::uint64_t bytes = 0;
        /// What the peer has to do for this message alone.
        std::uint64_t work_of_peer = 0;
    };

    Message last_;
    std::deque<Message> messages_;
    std::uint64_t work_of_peer_ = 0;
    std::uint64_t done_ = 0;
};

}  // namespace openmosix
