// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "common/random.h"
#include "membership/link.h"
#include "membership/member_view.h"

namespace clusterdisc {

/// When to say hello on which link: in a burst after the start and whenever a link or an address comes, then rarely,
/// so that all nodes of a link together say about one hello per second.
class HelloSchedule {
public:
    /// New or changed links begin their burst.
    void set_links(std::span<const Link> links, Instant now);
    /// Something about us changed: everybody shall know at once.
    void announce(Instant now);
    /// The links on which a hello is due.
    std::vector<std::uint32_t> due(Instant now, std::size_t nodes, Random& random);
    [[nodiscard]] std::optional<Instant> next() const;

private:
    struct Timing {
        Link link;
        Instant next{};
        std::optional<Instant> last;
        std::size_t burst = 0;
    };
    std::vector<Timing> timings_;
};

}  // namespace clusterdisc
