// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "membership/member_view.h"
#include "wire/envelope.h"

namespace clusterdisc {

/// Tells of datagrams that were not opened: of each kind one line at once and then at most one per minute, with a
/// count, so that a flood does not fill the log. Pure.
class RefusalLog {
public:
    /// What to log now; none when it was said recently.
    std::optional<std::string> count(Refusal refusal, const Path& from, Instant now);

private:
    struct Kind {
        std::uint64_t unsaid = 0;
        std::optional<Instant> last_said;
    };
    std::array<Kind, refusals> kinds_{};
};

}  // namespace clusterdisc
