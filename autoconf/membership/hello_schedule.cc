// SPDX-License-Identifier: GPL-2.0-or-later
#include "membership/hello_schedule.h"

#include <algorithm>
#include <iterator>

#include "membership/tuning.h"

namespace clusterdisc {

void HelloSchedule::set_links(std::span<const Link> links, Instant now) {
    std::vector<Timing> timings;
    for (const Link& link : links) {
        const auto old =
            std::ranges::find_if(timings_, [&](const Timing& timing) { return timing.link.index == link.index; });
        Timing timing{.link = link, .next = now, .last = {}, .burst = 0};
        if (old != timings_.end()) {
            timing.last = old->last;
            if (old->link == link) {
                timing = *old;
            }
        }
        timings.push_back(std::move(timing));
    }
    timings_ = std::move(timings);
}

void HelloSchedule::announce(Instant now) {
    for (Timing& timing : timings_) {
        timing.next = std::min(timing.next, now);
    }
}

std::vector<std::uint32_t> HelloSchedule::due(Instant now, std::size_t nodes, Random& random) {
    std::vector<std::uint32_t> links;
    for (Timing& timing : timings_) {
        if (timing.next > now) {
            continue;
        }
        if (timing.last && now - *timing.last < tuning::min_hello_pause) {
            timing.next = *timing.last + tuning::min_hello_pause;
            continue;
        }
        links.push_back(timing.link.index);
        timing.last = now;
        Instant pause = tuning::hello_share * static_cast<std::int64_t>(nodes + 1);
        if (timing.burst < std::size(tuning::hello_pauses)) {
            pause = tuning::hello_pauses[timing.burst];
            ++timing.burst;
        } else if (timing.burst == std::size(tuning::hello_pauses)) {
            // Nodes that were switched on together take turns from now on.
            pause = Instant(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(pause.count())))) +
                    tuning::hello_share;
            ++timing.burst;
        }
        // Between 0.75 and 1.25 of it: nodes that were switched on together drift apart.
        const auto quarter = static_cast<std::uint64_t>(pause.count() / 4);
        timing.next = now + pause - pause / 4 + Instant(static_cast<std::int64_t>(random.below(2 * quarter)));
    }
    return links;
}

std::optional<Instant> HelloSchedule::next() const {
    const auto first = std::ranges::min_element(timings_, {}, &Timing::next);
    return first == timings_.end() ? std::nullopt : std::optional(first->next);
}

}  // namespace clusterdisc
