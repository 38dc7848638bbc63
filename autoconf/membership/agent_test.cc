// SPDX-License-Identifier: GPL-2.0-or-later
//
// What an agent answers to whom; how clusters of agents behave is tested in simulator/.
#include "membership/agent.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "wire/message_codec.h"

namespace clusterdisc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class RecordingEnvironment final : public Environment {
public:
    void send(const Path& path, const Message& message) override { sent.emplace_back(path, message); }
    void multicast(std::uint32_t, const Message& message) override { hellos.push_back(message); }
    void probe_kernel(const Path&) override {}
    std::uint64_t new_challenge() override { return ++challenges; }
    void view_changed() override {}
    void report(const std::string&) override {}

    std::vector<std::pair<Path, Message>> sent;
    std::vector<Message> hellos;
    std::uint64_t challenges = 0;
};

NodeRecord record_of_key(std::uint8_t key) {
    NodeRecord record;
    record.public_key = {key};
    record.identity = identity_of(record.public_key);
    record.hardware = key;
    record.name = "pc" + std::to_string(key);
    record.keys = {1};
    return record;
}

class AgentTest : public ::testing::Test {
protected:
    AgentTest() {
        AgentSettings settings;
        settings.self = record_of_key(1);
        settings.port = 5428;
        agent = std::make_unique<Agent>(settings, environment);
        const LinkPrefix address{.address = *parse_ip_address("fe80::1"), .length = 64};
        agent->links_changed(now, {{.index = 2, .name = "eth0", .addresses = {address}}});
        agent->start(now);
        run(milliseconds(10));
        other.incarnation = 1;
        other.id = 77;
        other.stage = Stage::member;
    }

    void run(Instant time) {
        const Instant end = now + time;
        while (agent->next_tick() <= end) {
            now = std::max(now, agent->next_tick());
            agent->tick(now);
        }
        now = end;
    }

    Message from_other(Kind kind) {
        Message message;
        message.kind = kind;
        message.sender = other.identity;
        message.recipient = kind == Kind::hello ? Identity{} : agent->self().identity;
        message.sequence = ++sequence;
        message.rumours.push_back({.subject = other.identity,
                                   .incarnation = other.incarnation,
                                   .condition = Condition::alive,
                                   .record = std::make_shared<const NodeRecord>(other)});
        return message;
    }

    void receive(const Message& message) { agent->receive(now, path, message.kind == Kind::hello, message); }

    /// The last message that was sent to the other one.
    Message last_sent() {
        EXPECT_FALSE(environment.sent.empty());
        return environment.sent.empty() ? Message{} : environment.sent.back().second;
    }

    void introduce_other() {
        receive(from_other(Kind::hello));
        run(milliseconds(50));
        Message answer = from_other(Kind::acknowledgement);
        answer.echo = last_sent().challenge;
        receive(answer);
    }

    [[nodiscard]] bool knows_other() const {
        const Peer* const peer = agent->table().find(other.identity);
        return peer != nullptr && peer->is_known();
    }

    RecordingEnvironment environment;
    std::unique_ptr<Agent> agent;
    NodeRecord other = record_of_key(2);
    Path path{.link = 2, .endpoint = {.address = *parse_ip_address("fe80::2"), .port = 5428}};
    Instant now = seconds(1000);
    std::uint64_t sequence = 100;
};

TEST_F(AgentTest, ClaimsAnIdByMulticastAtOnce) {
    ASSERT_FALSE(environment.hellos.empty());
    const Rumour& rumour = environment.hellos.front().rumours.front();
    EXPECT_EQ(rumour.record->stage, Stage::claiming);
    EXPECT_NE(rumour.record->id, 0);
}

TEST_F(AgentTest, AsksWhoSaysHelloBeforeItBelievesAnything) {
    receive(from_other(Kind::hello));
    EXPECT_FALSE(knows_other());
    run(milliseconds(50));
    EXPECT_EQ(last_sent().kind, Kind::ping);
    EXPECT_NE(last_sent().challenge, 0U);
    EXPECT_EQ(last_sent().recipient, other.identity);
}

TEST_F(AgentTest, KnowsWhoHasEchoedItsChallenge) {
    introduce_other();
    EXPECT_TRUE(knows_other());
    run(milliseconds(500));
    const ClusterView view = agent->view();
    ASSERT_EQ(view.size(), 2U);
    EXPECT_TRUE(view.back().in_map);
    EXPECT_EQ(view.back().discovery, Discovery::multicast);
}

TEST_F(AgentTest, TakesNoMessageTwice) {
    introduce_other();
    ++other.incarnation;
    other.stage = Stage::claiming;
    const Message news = from_other(Kind::gossip);
    receive(news);
    EXPECT_EQ(agent->table().find(other.identity)->record->stage, Stage::claiming);
    ++other.incarnation;
    Message forged_again = from_other(Kind::gossip);
    forged_again.sequence = news.sequence;
    receive(forged_again);
    EXPECT_EQ(agent->table().find(other.identity)->record->incarnation, news.rumours.front().incarnation);
}

TEST_F(AgentTest, AnswersAStrangersPingWithAQuestionAndWithoutNews) {
    introduce_other();
    environment.sent.clear();
    Message ping = from_other(Kind::ping);
    ping.sender = record_of_key(3).identity;
    ping.rumours.clear();
    ping.challenge = 4711;
    receive(ping);
    ASSERT_EQ(environment.sent.size(), 1U);
    EXPECT_EQ(last_sent().echo, 4711U);
    EXPECT_NE(last_sent().challenge, 0U);
    EXPECT_TRUE(last_sent().rumours.empty());
}

TEST_F(AgentTest, IntroducesItselfToAStrangerWithinTheSizeOfItsPing) {
    other.name += "-with-a-name-and-an-address-as-long-as-ours";
    Message ping = from_other(Kind::ping);
    ping.challenge = 4711;
    receive(ping);
    ASSERT_EQ(environment.sent.size(), 1U);
    ASSERT_EQ(last_sent().rumours.size(), 1U);
    EXPECT_EQ(last_sent().rumours.front().subject, agent->self().identity);
    EXPECT_LE(encoded_size(last_sent()), encoded_size(ping));
}

TEST_F(AgentTest, IntroducesItselfAfterTheEchoWhenThePingWasTooSmallForIt) {
    Message ping = from_other(Kind::ping);
    ping.rumours.clear();
    ping.challenge = 4711;
    receive(ping);
    Message echo = from_other(Kind::acknowledgement);
    echo.echo = last_sent().challenge;
    receive(echo);
    EXPECT_TRUE(std::ranges::any_of(last_sent().rumours, [&](const Rumour& rumour) {
        return rumour.subject == agent->self().identity && rumour.record;
    }));
}

TEST_F(AgentTest, IsNoReflectorForHellosThatArePlayedBack) {
    const Message hello = from_other(Kind::hello);
    for (const char* const victim : {"192.0.2.1", "2001:db8::1", "fe80::66"}) {
        const Path forged{.link = 2, .endpoint = {.address = *parse_ip_address(victim), .port = 9}};
        environment.sent.clear();
        agent->receive(now, forged, true, hello);
        run(seconds(40));
        std::size_t bytes = 0;
        std::size_t datagrams = 0;
        for (const auto& [to, message] : environment.sent) {
            if (to.endpoint == forged.endpoint) {
                bytes += encoded_size(message);
                ++datagrams;
            }
        }
        EXPECT_LE(datagrams, forged.endpoint.address.is_link_local() ? 1U : 0U) << victim;
        EXPECT_LE(bytes, encoded_size(hello)) << victim;
    }
}

TEST_F(AgentTest, IsNoReflectorForPingsThatArePlayedBack) {
    introduce_other();
    run(seconds(2));
    const Path elsewhere{.link = 2, .endpoint = {.address = *parse_ip_address("192.0.2.1"), .port = 9}};
    const Path near{.link = 2, .endpoint = {.address = *parse_ip_address("fe80::66"), .port = 9}};
    for (const Identity& recipient : {Identity{}, agent->self().identity, record_of_key(9).identity}) {
        Message ping = from_other(Kind::ping);
        ping.sender = record_of_key(3).identity;
        ping.rumours.clear();
        ping.recipient = recipient;
        ping.challenge = 5;
        environment.sent.clear();
        agent->receive(now, elsewhere, false, ping);
        EXPECT_TRUE(environment.sent.empty());
        agent->receive(now, near, false, ping);
        ASSERT_EQ(environment.sent.size(), 1U);
        EXPECT_LE(encoded_size(last_sent()), encoded_size(ping));
    }
}

TEST_F(AgentTest, AnswersWhoIsBehindARouterWhereItsRecordSays) {
    const Path routed{.link = 2, .endpoint = {.address = *parse_ip_address("192.0.2.1"), .port = 5428}};
    other.endpoints = {routed.endpoint};
    Message ping = from_other(Kind::ping);
    ping.challenge = 5;
    agent->receive(now, routed, false, ping);
    ASSERT_EQ(environment.sent.size(), 1U);
    EXPECT_EQ(environment.sent.front().first, routed);
}

TEST_F(AgentTest, TakesNoPathFromAMessageThatIsPlayedBack) {
    introduce_other();
    const Message old = from_other(Kind::gossip);
    receive(old);
    const Path forged{.link = 2, .endpoint = {.address = *parse_ip_address("192.0.2.1"), .port = 5428}};
    agent->receive(now, forged, false, old);
    EXPECT_FALSE(agent->table().find(other.identity)->paths.leads_to(forged.endpoint));
}

TEST_F(AgentTest, SaysThatItIsSomebodyElseToWhoAsksForTheFormerOwnerOfItsAddress) {
    introduce_other();
    environment.sent.clear();
    Message ping = from_other(Kind::ping);
    ping.recipient = record_of_key(9).identity;
    ping.challenge = 5;
    receive(ping);
    ASSERT_EQ(environment.sent.size(), 1U);
    EXPECT_EQ(last_sent().kind, Kind::acknowledgement);
    EXPECT_EQ(last_sent().sender, agent->self().identity);
}

TEST_F(AgentTest, ContradictsWhatIsSaidOfIt) {
    introduce_other();
    const std::uint32_t before = agent->self().incarnation;
    Message gossip = from_other(Kind::gossip);
    gossip.rumours = {
        {.subject = agent->self().identity, .incarnation = before, .condition = Condition::dead, .record = {}}};
    receive(gossip);
    EXPECT_GT(agent->self().incarnation, before);
}

TEST_F(AgentTest, GivesUpItsIdToWhoHasTheBetterRight) {
    introduce_other();
    run(seconds(1));
    ASSERT_EQ(agent->self().stage, Stage::member);
    const NodeId before = agent->self().id;
    ++other.incarnation;
    other.id = before;
    other.busy = true;
    receive(from_other(Kind::gossip));
    EXPECT_NE(agent->self().id, before);
    EXPECT_EQ(agent->self().stage, Stage::claiming);
}

TEST_F(AgentTest, KeepsItsIdWhenItIsTheBusyOne) {
    introduce_other();
    run(seconds(1));
    agent->set_busy(now, true);
    const NodeId before = agent->self().id;
    ++other.incarnation;
    other.id = before;
    other.settled = true;
    receive(from_other(Kind::gossip));
    EXPECT_EQ(agent->self().id, before);
}

}  // namespace
}  // namespace clusterdisc
