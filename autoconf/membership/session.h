// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "wire/message.h"

namespace clusterdisc {

/// Tells messages that a node sends now from recorded ones that somebody plays back. No clock takes part.
///
/// Freshness begins when the node echoes a challenge of ours, which nobody could record before we made it. From there
/// on each message must have a sequence number not seen yet, as in RFC 4303 (IPsec), section 3.4.3. The identity is
/// new at each start of an agent, so the numbers never start again.
class Session {
public:
    [[nodiscard]] bool is_established() const { return is_established_; }

    /// The node echoed a challenge of ours in this message.
    void establish(std::uint64_t sequence) {
        if (!is_established_) {
            is_established_ = true;
            highest_ = sequence;
            seen_ = 1;
        }
    }

    /// Whether the message with this number is fresh; it is not a second time.
    bool accept(std::uint64_t sequence) {
        if (!is_established_) {
            return false;
        }
        constexpr std::uint64_t window = 64;
        if (sequence > highest_) {
            const std::uint64_t ahead = sequence - highest_;
            seen_ = ahead >= window ? 1 : (seen_ << ahead) | 1U;
            highest_ = sequence;
            return true;
        }
        const std::uint64_t behind = highest_ - sequence;
        if (behind >= window || ((seen_ >> behind) & 1U) != 0) {
            return false;
        }
        seen_ |= std::uint64_t{1} << behind;
        return true;
    }

private:
    bool is_established_ = false;
    std::uint64_t highest_ = 0;
    std::uint64_t seen_ = 0;
};

}  // namespace clusterdisc
