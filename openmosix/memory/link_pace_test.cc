// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/link_pace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <numeric>
#include <vector>

#include "memory/page_wire.h"

namespace openmosix {
namespace {

constexpr std::int64_t microsecond = 1'000;
constexpr std::int64_t millisecond = 1'000 * microsecond;
constexpr std::int64_t second = 1'000 * millisecond;
constexpr std::size_t one_page = sizeof(PageHeader) + page_size;

/// A link of one queue, a sender that always has more to push, and a peer that confirms what it gets.
class Link {
public:
    Link(double bytes_per_second, std::int64_t one_way)
        : nanoseconds_of_byte_(1e9 / bytes_per_second), one_way_(one_way) {}

    void run(std::int64_t until) {
        while (now_ < until) {
            push();
            const std::int64_t chance = pace.next_chance(now_);
            std::int64_t next = chance == 0 ? until : std::min(until, chance);
            if (!under_way_.empty()) {
                next = std::min(next, under_way_.front().confirmed_at);
            }
            now_ = std::max(next, now_ + 1);
            take_confirmations();
        }
    }

    /// A page that somebody waits for; returns how long.
    std::int64_t demand() {
        const std::int64_t asked = now_;
        run(now_ + one_way_);
        pace.demanded(1);
        const std::int64_t arrival = send(one_page, LinkPace::Reason::somebody_waits);
        run(arrival + one_way_);
        return arrival - asked;
    }

    void set_rate(double bytes_per_second) { nanoseconds_of_byte_ = 1e9 / bytes_per_second; }
    [[nodiscard]] std::int64_t now() const { return now_; }
    [[nodiscard]] std::uint64_t pushed() const { return pushed_; }

    LinkPace pace;

private:
    struct Message {
        std::uint64_t total;
        std::int64_t confirmed_at;
    };

    std::int64_t send(std::size_t bytes, LinkPace::Reason reason) {
        pace.sent(now_, bytes, reason);
        total_ += bytes;
        free_at_ =
            std::max(free_at_, now_) + static_cast<std::int64_t>(static_cast<double>(bytes) * nanoseconds_of_byte_);
        under_way_.push_back({total_, free_at_ + 2 * one_way_});
        return free_at_ + one_way_;
    }
    void push() {
        while (const std::uint64_t pages = pace.pages_of_message(now_, false)) {
            const auto bytes = static_cast<std::size_t>(sizeof(PageHeader) + pages * page_size);
            send(bytes, LinkPace::Reason::unasked);
            pushed_ += bytes;
        }
    }
    void take_confirmations() {
        while (!under_way_.empty() && under_way_.front().confirmed_at <= now_) {
            pace.confirmed(now_, under_way_.front().total);
            under_way_.pop_front();
        }
    }

    double nanoseconds_of_byte_;
    std::int64_t one_way_;
    std::int64_t now_ = second;
    std::int64_t free_at_ = 0;
    std::uint64_t total_ = 0;
    std::uint64_t pushed_ = 0;
    std::deque<Message> under_way_;
};

constexpr double megabit = 1e6 / 8;

struct Case {
    double rate;
    std::int64_t one_way;
};

class LinkPaceOnLinks : public testing::TestWithParam<Case> {};

TEST_P(LinkPaceOnLinks, UsesTheLinkWhenNobodyWaits) {
    Link link(GetParam().rate, GetParam().one_way);
    link.run(link.now() + second);
    const std::uint64_t before = link.pushed();
    link.run(link.now() + second);
    EXPECT_GT(static_cast<double>(link.pushed() - before), 0.9 * GetParam().rate);
}

TEST_P(LinkPaceOnLinks, KeepsADemandWaitingForMillisecondsOnly) {
    Link link(GetParam().rate, GetParam().one_way);
    link.run(link.now() + second);
    const double page = static_cast<double>(one_page) / GetParam().rate * 1e9;
    const std::int64_t bare = 2 * GetParam().one_way + static_cast<std::int64_t>(page);
    for (int i = 0; i < 20; ++i) {
        // Behind what may be under way in any case, or what queues for some milliseconds.
        const auto least = static_cast<std::int64_t>(262'144 / GetParam().rate * 1e9);
        EXPECT_LT(link.demand(), bare + std::max(least, 12 * millisecond) + static_cast<std::int64_t>(2 * page));
        link.run(link.now() + 500 * millisecond);
    }
}

TEST_P(LinkPaceOnLinks, GivesTheLinkToAProgramThatDemandsPageAfterPage) {
    Link link(GetParam().rate, GetParam().one_way);
    link.run(link.now() + second);
    link.demand();
    const double page = static_cast<double>(one_page) / GetParam().rate * 1e9;
    const std::int64_t bare = 2 * GetParam().one_way + static_cast<std::int64_t>(page);
    std::vector<std::int64_t> waits;
    const std::uint64_t before = link.pushed();
    for (int i = 0; i < 100; ++i) {
        waits.push_back(link.demand());
        link.run(link.now() + 20 * microsecond);
    }
    // Behind a page, or what the link carries in 0.4 milliseconds.
    const std::int64_t behind = std::max(static_cast<std::int64_t>(page), 400 * microsecond);
    EXPECT_LT(std::accumulate(waits.begin(), waits.end(), std::int64_t{0}), 100 * (bare + behind));
    EXPECT_GT(link.pushed() - before, 30 * one_page) << "what nobody waits for must go on, too";
}

INSTANTIATE_TEST_SUITE_P(Rates, LinkPaceOnLinks,
                         testing::Values(Case{10 * megabit, 100 * microsecond}, Case{100 * megabit, 100 * microsecond},
                                         Case{100 * megabit, 3 * millisecond}, Case{1000 * megabit, 100 * microsecond},
                                         Case{5000 * megabit, 30 * microsecond}));

TEST(LinkPace, FollowsALinkThatBecomesSlower) {
    Link link(100 * megabit, 100 * microsecond);
    link.run(link.now() + second);
    link.set_rate(10 * megabit);
    link.run(link.now() + second);
    EXPECT_LT(link.demand(), 230 * millisecond);
}

TEST(LinkPace, BelievesNoConfirmationOfWhatWasNotSent) {
    LinkPace pace;
    pace.sent(1, 100, LinkPace::Reason::unasked);
    pace.confirmed(2, 60);
    EXPECT_EQ(pace.under_way(), 40U);
    pace.confirmed(3, 59);
    EXPECT_EQ(pace.under_way(), 40U) << "less than before";
    pace.confirmed(4, ~std::uint64_t{0});
    EXPECT_EQ(pace.under_way(), 0U);
    pace.sent(5, 100, LinkPace::Reason::unasked);
    EXPECT_EQ(pace.under_way(), 100U);
}

TEST(LinkPace, SendsAPageAtFirst) {
    LinkPace pace;
    EXPECT_EQ(pace.pages_of_message(1, false), 1U);
    pace.sent(1, one_page, LinkPace::Reason::unasked);
    EXPECT_EQ(pace.pages_of_message(2, false), 0U);
    EXPECT_EQ(pace.pages_of_message(2, true), 0U);
}

}  // namespace
}  // namespace openmosix
