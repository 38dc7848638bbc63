// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/link_pace.h"

#include <algorithm>
#include <limits>

#include "memory/page_wire.h"

namespace openmosix {

namespace {

constexpr std::int64_t millisecond = 1'000'000;
/// What may be under way queues for this long: little to somebody who waits, enough that the link is never idle while a
/// sender wakes up.
constexpr std::int64_t accepted_queueing = 5 * millisecond;
/// How long a shortest delay is believed.
constexpr std::int64_t period = 10'000 * millisecond;
/// The same while somebody waits for page after page.
constexpr std::int64_t accepted_queueing_in_demand = 300'000;
/// How long after a demand another one is expected, beyond a few times the delay of the connection.
constexpr std::int64_t demand_margin = 1 * millisecond;
constexpr std::int64_t delays_between_demands = 3;
constexpr std::uint64_t one_page = sizeof(PageHeader) + page_size;
/// A peer whose processors are busy confirms late, though the link is free: it must not be starved for that.
constexpr std::uint64_t min_window = std::uint64_t{256} << 10U;
constexpr std::uint64_t max_window = std::uint64_t{64} << 20U;
/// How many messages a full window is made of.
constexpr std::uint64_t messages_of_window = 4;
/// Between demands a page that nobody waits for follows two that somebody waited for.
constexpr unsigned half_pages_of_page = 2;

}  // namespace

// The first page measures the connection.
LinkPace::LinkPace()
    : alone_{.accepted = accepted_queueing, .bytes = one_page, .min_bytes = min_window},
      in_demand_{.accepted = accepted_queueing_in_demand, .bytes = one_page, .min_bytes = one_page} {}

void LinkPace::sent(std::int64_t now, std::size_t bytes, Reason reason) {
    Window& window = is_in_demand(now) ? in_demand_ : alone_;
    if (reason == Reason::unasked && is_in_demand(now)) {
        half_pages_earned_ = 0;
    }
    sent_ += bytes;
    if (reason == Reason::somebody_waits) {
        end_of_answer_ = sent_;
    }
    unconfirmed_.push_back({sent_, now});
    window.was_full = window.was_full || under_way() + one_page > window.bytes;
}

std::int64_t LinkPace::shortest_delay() const {
    if (shortest_before_ == 0) {
        return shortest_now_;
    }
    return shortest_now_ == 0 ? shortest_before_ : std::min(shortest_now_, shortest_before_);
}

void LinkPace::confirmed(std::int64_t now, std::uint64_t total) {
    total = std::min(total, sent_);
    if (total <= confirmed_) {
        return;
    }
    const std::uint64_t bytes = total - confirmed_;
    confirmed_ = total;
    std::int64_t delay = 0;
    while (!unconfirmed_.empty() && unconfirmed_.front().total <= total) {
        delay = now - unconfirmed_.front().time;
        unconfirmed_.pop_front();
    }
    if (is_answering_ && total >= end_of_answer_) {
        // The program goes on now: its next demand counts from here.
        is_answering_ = false;
        last_demand_ = now;
    }
    if (delay > 0) {
        measure(now, delay);
        (is_in_demand(now) ? in_demand_ : alone_).adapt(now, delay, delay - shortest_delay(), bytes);
    }
}

void LinkPace::measure(std::int64_t now, std::int64_t delay) {
    if (now - period_begin_ > period) {
        shortest_before_ = shortest_now_;
        shortest_now_ = 0;
        period_begin_ = now;
    }
    if (shortest_now_ == 0 || delay < shortest_now_) {
        shortest_now_ = delay;
    }
}

void LinkPace::Window::adapt(std::int64_t now, std::int64_t delay, std::int64_t queueing, std::uint64_t confirmed) {
    if (queueing > accepted) {
        grows_fast = false;
        // Once for what was under way: the next confirmations tell of the same queue.
        if (now - last_shrinking > delay) {
            last_shrinking = now;
            const auto factor = static_cast<double>(accepted) / static_cast<double>(queueing);
            bytes = static_cast<std::uint64_t>(static_cast<double>(bytes) * std::max(factor, 0.5));
        }
    } else if (was_full) {
        grows_fast = grows_fast && queueing <= accepted / 2;
        // Twice as much after each round trip at first; later a page more.
        bytes += grows_fast ? confirmed : one_page * confirmed / std::max(bytes, one_page) + 1;
        was_full = false;
    }
    bytes = std::clamp(bytes, min_bytes, max_window);
}

void LinkPace::demanded(std::uint64_t pages) {
    is_answering_ = true;
    // Until its answer is sent: it may be under way already.
    end_of_answer_ = sent_;
    half_pages_earned_ = static_cast<unsigned>(std::min<std::uint64_t>(half_pages_earned_ + pages, half_pages_of_page));
}

std::int64_t LinkPace::end_of_demand() const {
    if (is_answering()) {
        return std::numeric_limits<std::int64_t>::max();
    }
    return last_demand_ == 0 ? 0 : last_demand_ + demand_margin + delays_between_demands * shortest_delay();
}

std::uint64_t LinkPace::window(std::int64_t now, bool read_ahead) const {
    return is_in_demand(now) && !read_ahead ? in_demand_.bytes : alone_.bytes;
}

std::size_t LinkPace::allowance(std::int64_t now, bool read_ahead) const {
    const std::uint64_t limit = window(now, read_ahead);
    if (is_in_demand(now) && !read_ahead && limit < 2 * one_page) {
        const bool may_follow = under_way() == 0 && half_pages_earned_ >= half_pages_of_page;
        return may_follow ? one_page : 0;
    }
    return under_way() + one_page > limit ? 0 : static_cast<std::size_t>(limit - under_way());
}

std::uint64_t LinkPace::pages_of_message(std::int64_t now, bool read_ahead) const {
    const std::uint64_t bytes = allowance(now, read_ahead);
    const std::uint64_t pages = std::min(bytes, window(now, read_ahead) / messages_of_window) / page_size;
    return bytes == 0 ? 0 : std::clamp<std::uint64_t>(pages, 1, max_pages_of_message);
}

std::int64_t LinkPace::next_chance(std::int64_t now) const {
    return is_answering() || now >= end_of_demand() ? 0 : end_of_demand();
}

}  // namespace openmosix
