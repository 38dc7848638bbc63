// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer/handshake_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace openmosix {
namespace {

using clusterdisc::ClusterKey;
using clusterdisc::ClusterSecret;
using clusterdisc::KeyRing;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::size_t version_in_hello = 5;
constexpr std::size_t count_in_hello = 39;

Nonce nonce_of(std::uint8_t byte) {
    Nonce nonce{};
    nonce.fill(byte);
    return nonce;
}

ConnectionEnd end_of(clusterdisc::NodeId node, std::string_view address, std::uint16_t port) {
    return {.node = node, .endpoint = {.address = clusterdisc::parse_ip_address(address).value(), .port = port}};
}

/// Of a connection from node 1 to node 2.
ChannelBinding binding_for(std::string_view purpose) {
    return {.purpose = std::string(purpose),
            .client = end_of(1, "10.77.0.1", 700),
            .server = end_of(2, "10.77.0.2", 723),
            .session = {}};
}

class HandshakeMessages : public testing::Test {
protected:
    [[nodiscard]] ClientHandshake client(std::string_view purpose = "migration") const {
        return {keys_, binding_for(purpose), nonce_of(1)};
    }
    [[nodiscard]] ServerHandshake server(std::string_view purpose = "migration") const {
        return {keys_, binding_for(purpose), nonce_of(2)};
    }
    [[nodiscard]] const KeyRing& keys() const { return keys_; }

private:
    KeyRing keys_{std::array<ClusterSecret, 2>{ClusterKey{1}, ClusterKey{2}}, "lab"};
};

TEST_F(HandshakeMessages, ConvinceBothSides) {
    ServerHandshake answering = server();
    const ReplyBytes reply = answering.reply(client().hello());
    EXPECT_NO_THROW(answering.check_reply());
    ClientHandshake asking = client();
    EXPECT_NO_THROW(answering.check(asking.prove(reply)));
    EXPECT_EQ(asking.session(), answering.session());
    EXPECT_NE(asking.session(), Session{});
    // What goes over the wire does not tell the session.
    const Session& session = asking.session();
    EXPECT_EQ(std::search(reply.begin(), reply.end(), session.begin(), session.end()), reply.end());
    EXPECT_NE(asking.session(), client().prove(reply));
}

TEST_F(HandshakeMessages, ProveNothingForAnotherConnection) {
    const std::vector<std::pair<const char*, void (*)(ChannelBinding&)>> changes = {
        {"client's node", [](ChannelBinding& binding) { binding.client.node = 3; }},
        {"client's address", [](ChannelBinding& binding) { binding.client = end_of(1, "10.77.0.3", 700); }},
        {"client's port", [](ChannelBinding& binding) { binding.client.endpoint.port = 701; }},
        {"server's node", [](ChannelBinding& binding) { binding.server.node = 3; }},
        {"server's address", [](ChannelBinding& binding) { binding.server = end_of(2, "2001:db8::2", 723); }},
        {"server's port", [](ChannelBinding& binding) { binding.server.endpoint.port = 724; }},
        {"both ends", [](ChannelBinding& binding) { std::swap(binding.client, binding.server); }},
        {"session", [](ChannelBinding& binding) { binding.session[0] = 1; }},
    };
    for (const auto& [what, change] : changes) {
        ChannelBinding seen = binding_for("migration");
        change(seen);
        ServerHandshake answering(keys(), seen, nonce_of(2));
        const ReplyBytes reply = answering.reply(client().hello());
        EXPECT_THROW(static_cast<void>(client().prove(reply)), HandshakeRefused) << what;
        // A client without key, which sends the server what a true client says for another connection.
        EXPECT_THROW(answering.check(client().prove(server().reply(client().hello()))), HandshakeRefused) << what;
    }
}

TEST_F(HandshakeMessages, AreRefusedWithAnyBitChanged) {
    const HelloBytes hello = client().hello();
    const ReplyBytes reply = server().reply(hello);
    const Proof proof = client().prove(reply);
    for (std::size_t bit = 0; bit < 8 * hello.size(); ++bit) {
        HelloBytes changed = hello;
        changed.at(bit / 8) ^= static_cast<std::uint8_t>(1U << bit % 8);
        ServerHandshake answering = server();
        // At the latest the client sees from the proof that the server has heard something else.
        EXPECT_THROW(static_cast<void>(client().prove(answering.reply(changed))), HandshakeRefused) << bit;
    }
    for (std::size_t bit = 0; bit < 8 * reply.size(); ++bit) {
        ReplyBytes changed = reply;
        changed.at(bit / 8) ^= static_cast<std::uint8_t>(1U << bit % 8);
        EXPECT_THROW(static_cast<void>(client().prove(changed)), HandshakeRefused) << bit;
    }
    ServerHandshake answering = server();
    static_cast<void>(answering.reply(hello));
    for (std::size_t bit = 0; bit < 8 * proof.size(); ++bit) {
        Proof changed = proof;
        changed.at(bit / 8) ^= static_cast<std::uint8_t>(1U << bit % 8);
        EXPECT_THROW(answering.check(changed), HandshakeRefused) << bit;
    }
    EXPECT_NO_THROW(answering.check(proof));
}

TEST_F(HandshakeMessages, AreNotBelievedWithoutAHello) {
    EXPECT_THROW(server().check(Proof{}), HandshakeRefused);
    EXPECT_THROW(server().check_reply(), HandshakeRefused);
}

TEST_F(HandshakeMessages, NameTheOtherVersion) {
    HelloBytes hello = client().hello();
    hello.at(version_in_hello) = 3;
    ServerHandshake answering = server();
    ReplyBytes reply = answering.reply(hello);
    EXPECT_THAT([&] { answering.check(Proof{}); }, ThrowsMessage<HandshakeRefused>(HasSubstr("version 770")));
    reply.at(0) = 3;
    EXPECT_THAT([&] { static_cast<void>(client().prove(reply)); },
                ThrowsMessage<HandshakeRefused>(HasSubstr("version 770")));
}

TEST_F(HandshakeMessages, HaveOneOrTwoKeyIds) {
    for (const std::uint8_t count : std::array<std::uint8_t, 3>{0, 3, 255}) {
        HelloBytes hello = client().hello();
        hello.at(count_in_hello) = count;
        ServerHandshake answering = server();
        EXPECT_THAT([&] { static_cast<void>(answering.reply(hello)); },
                    ThrowsMessage<HandshakeRefused>(HasSubstr("malformed")));
    }
}

TEST_F(HandshakeMessages, ProveNothingForAnotherPurpose) {
    ServerHandshake answering = server("omd status");
    const ReplyBytes reply = answering.reply(client().hello());
    EXPECT_THROW(static_cast<void>(client().prove(reply)), HandshakeRefused);
    const std::string longest(max_purpose, 'x');
    EXPECT_NO_THROW(static_cast<void>(client(longest)));
    EXPECT_THROW(static_cast<void>(client(longest + 'x')), std::invalid_argument);
    EXPECT_THROW(static_cast<void>(server(longest + 'x')), std::invalid_argument);
}

TEST_F(HandshakeMessages, OfAnEarlierConversationProveNothing) {
    ServerHandshake earlier = server();
    const ReplyBytes reply = earlier.reply(client().hello());
    const Proof proof = client().prove(reply);
    ClientHandshake later_client(keys(), binding_for("migration"), nonce_of(3));
    EXPECT_THROW(static_cast<void>(later_client.prove(reply)), HandshakeRefused);
    ServerHandshake later_server(keys(), binding_for("migration"), nonce_of(4));
    static_cast<void>(later_server.reply(client().hello()));
    EXPECT_THROW(later_server.check(proof), HandshakeRefused);
}

TEST_F(HandshakeMessages, SentBackProveNothing) {
    ServerHandshake answering = server();
    const ReplyBytes reply = answering.reply(client().hello());
    Proof own_proof{};
    std::ranges::copy(std::span(reply).last<sizeof(Proof)>(), own_proof.begin());
    EXPECT_THROW(answering.check(own_proof), HandshakeRefused);
}

TEST_F(HandshakeMessages, ProveNothingWithAnotherKeyOfTheSameName) {
    // A liar who knows the id of a key and not the key.
    ServerHandshake answering = server();
    ReplyBytes reply = answering.reply(client().hello());
    std::ranges::fill(std::span(reply).last<sizeof(Proof)>(), std::uint8_t{0});
    EXPECT_THAT([&] { static_cast<void>(client().prove(reply)); },
                ThrowsMessage<HandshakeRefused>(HasSubstr("cannot prove")));
}

}  // namespace
}  // namespace openmosix
