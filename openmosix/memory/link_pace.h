// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace openmosix {

/// How much of what nobody waits for may be under way on a connection at a time, so that a page that a process waits
/// for does not wait long behind it: as much as the link carries in some milliseconds, or 256 KiB where that is more,
/// and little more than a page while the process demands page after page. The window follows the delay between sending
/// and the peer's confirmation, as LEDBAT's does (RFC 6817): it grows while that delay is the shortest one seen, and
/// shrinks when what is under way begins to queue, be it on the link or in a peer that is slow to put pages in place.
///
/// Pure: all times are the caller's, in nanoseconds of one monotonic clock.
class LinkPace {
public:
    LinkPace();

    enum class Reason : std::uint8_t { somebody_waits, unasked };
    void sent(std::int64_t now, std::size_t bytes, Reason reason);
    /// The peer says that it has dealt with this many bytes since the beginning; believed as far as it can be.
    void confirmed(std::int64_t now, std::uint64_t total);
    /// The peer's process waits for this many pages.
    void demanded(std::uint64_t pages);

    /// How many pages may follow now in one message although nobody waits for them; of `read_ahead` what the peer
    /// expects to need next. A part of the window, so that one message is put in place while others are on the link. 0:
    /// none.
    [[nodiscard]] std::uint64_t pages_of_message(std::int64_t now, bool read_ahead) const;
    /// When to ask pages_of_message() again if nothing is heard until then; 0 when there is no such time.
    [[nodiscard]] std::int64_t next_chance(std::int64_t now) const;

    [[nodiscard]] std::uint64_t under_way() const { return sent_ - confirmed_; }
    [[nodiscard]] std::uint64_t confirmed_bytes() const { return confirmed_; }

private:
    struct Sent {
        std::uint64_t total = 0;
        std::int64_t time = 0;
    };
    /// So much under way that it queues for `accepted` nanoseconds.
    struct Window {
        std::int64_t accepted = 0;
        std::uint64_t bytes = 0;
        std::uint64_t min_bytes = 0;
        /// It only grows when it is what limits.
        bool was_full = false;
        bool grows_fast = true;
        std::int64_t last_shrinking = 0;

        void adapt(std::int64_t now, std::int64_t delay, std::int64_t queueing, std::uint64_t confirmed);
    };
    [[nodiscard]] std::int64_t shortest_delay() const;
    /// Until then after a demand, the next one is likely.
    [[nodiscard]] std::int64_t end_of_demand() const;
    /// A request whose page had been confirmed already has no answer: it ends when nothing is under way.
    [[nodiscard]] bool is_answering() const { return is_answering_ && under_way() > 0; }
    /// What may be under way now, asked for or not.
    [[nodiscard]] std::uint64_t window(std::int64_t now, bool read_ahead) const;
    /// The bytes of it that are left: 0, or a page and more.
    [[nodiscard]] std::size_t allowance(std::int64_t now, bool read_ahead) const;
    [[nodiscard]] bool is_in_demand(std::int64_t now) const { return now < end_of_demand(); }
    void measure(std::int64_t now, std::int64_t delay);

    std::deque<Sent> unconfirmed_;
    std::uint64_t sent_ = 0;
    std::uint64_t confirmed_ = 0;
    Window alone_;
    /// While the program demands page after page.
    Window in_demand_;
    /// The shortest delay of this period and of the one before, so that a link that has become slower is believed.
    std::int64_t shortest_now_ = 0;
    std::int64_t shortest_before_ = 0;
    std::int64_t period_begin_ = 0;
    /// A demand has come, and what was sent for it is not confirmed.
    bool is_answering_ = false;
    std::uint64_t end_of_answer_ = 0;
    /// When the last demand was answered; 0 before the first.
    std::int64_t last_demand_ = 0;
    /// Pages that may follow between demands, in halves.
    unsigned half_pages_earned_ = 0;
};

}  // namespace openmosix
