// SPDX-License-Identifier: GPL-2.0-or-later
#include "membership/gossip_queue.h"

#include <gtest/gtest.h>

#include "wire/envelope.h"
#include "wire/message_codec.h"
#include "wire/message_samples.h"

namespace clusterdisc {
namespace {

Identity named(std::uint8_t number) {
    return {number};
}

std::optional<Rumour> short_words(const Identity& subject) {
    return Rumour{.subject = subject, .incarnation = 1, .condition = Condition::dead, .record = {}};
}

std::vector<Identity> subjects_of(const Message& message) {
    std::vector<Identity> subjects;
    for (const Rumour& rumour : message.rumours) {
        subjects.push_back(rumour.subject);
    }
    return subjects;
}

TEST(GossipQueue, TellsEachPieceOfNewsAsOftenAsAsked) {
    GossipQueue queue;
    queue.add(named(1), 2);
    for (int time = 0; time < 2; ++time) {
        Message message;
        queue.fill(message, short_words, {});
        EXPECT_EQ(subjects_of(message), std::vector{named(1)});
    }
    EXPECT_TRUE(queue.empty());
}

TEST(GossipQueue, TellsTheNewestFirstAndWhatWasToldLast) {
    GossipQueue queue;
    queue.add(named(1), 3);
    Message first;
    queue.fill(first, short_words, {});
    queue.add(named(2), 3);
    Message second;
    queue.fill(second, short_words, {});
    EXPECT_EQ(subjects_of(second), (std::vector{named(2), named(1)}));
}

TEST(GossipQueue, TellsNobodyOfItselfAndNothingTwice) {
    GossipQueue queue;
    queue.add(named(1), 3);
    queue.add(named(2), 3);
    Message message;
    message.rumours.push_back(*short_words(named(2)));
    queue.fill(message, short_words, named(1));
    EXPECT_EQ(message.rumours.size(), 1U);
    EXPECT_FALSE(queue.empty());
}

TEST(GossipQueue, NeverMakesAMessageThatIsTooLong) {
    GossipQueue queue;
    for (std::uint8_t number = 1; number < 200; ++number) {
        queue.add(named(number), 1);
    }
    Message message;
    message.sender = named(250);
    queue.fill(message, short_words, {});
    EXPECT_LE(message.rumours.size(), max_rumours);
    EXPECT_LE(encode(message).size(), max_message);
}

TEST(GossipQueue, ForgetsWhatNobodyKnowsAnyMore) {
    GossipQueue queue;
    queue.add(named(1), 3);
    Message message;
    queue.fill(message, [](const Identity&) { return std::nullopt; }, {});
    EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace clusterdisc
