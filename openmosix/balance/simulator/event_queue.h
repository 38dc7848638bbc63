// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "balance/seconds.h"

namespace openmosix::balance::simulator {

/// Events in virtual time, in the order of their times, then of their making.
class EventQueue {
public:
    void at(Instant time, std::function<void()> act) { events_.push({time, ++last_number_, std::move(act)}); }
    void after(Instant delay, std::function<void()> act) { at(now_ + delay, std::move(act)); }
    [[nodiscard]] Instant now() const { return now_; }

    /// Runs all events up to `end`; `after_each` is called after each of them.
    template <typename AfterEach>
    void run_until(Instant end, AfterEach after_each) {
        while (!events_.empty() && events_.top().time <= end) {
            // The copy in the queue is dropped next; nobody else looks at it.
            Event event =
                std::move(const_cast<Event&>(events_.top()));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
            events_.pop();
            now_ = event.time;
            event.act();
            after_each();
        }
        now_ = end;
    }

private:
    struct Event {
        Instant time{};
        std::uint64_t number = 0;
        std::function<void()> act;
        bool operator>(const Event& other) const {
            return std::pair(time, number) > std::pair(other.time, other.number);
        }
    };
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    std::uint64_t last_number_ = 0;
    Instant now_{};
};

}  // namespace openmosix::balance::simulator
