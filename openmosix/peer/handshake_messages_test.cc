// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer/handshake_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

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

class HandshakeMessages : public testing::Test {
protected:
    [[nodiscard]] ClientHandshake client(std::string_view purpose = "migration") const {
        return {keys_, purpose, nonce_of(1)};
    }
    [[nodiscard]] ServerHandshake server(std::string_view purpose = "migration") const {
        return {keys_, purpose, nonce_of(2)};
    }
    [[nodiscard]] const KeyRing& keys() const { return keys_; }

private:
    KeyRing keys_{std::array<ClusterSecret, 2>{ClusterKey{1}, ClusterKey{2}}, "lab"};
};

TEST_F(HandshakeMessages, ConvinceBothSides) {
    ServerHandshake answering = server();
    const ReplyBytes reply = answering.reply(client().hello());
    EXPECT_NO_THROW(answering.check_reply());
    EXPECT_NO_THROW(answering.check(client().prove(reply)));
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
    hello.at(version_in_hello) = 2;
    ServerHandshake answering = server();
    ReplyBytes reply = answering.reply(hello);
    EXPECT_THAT([&] { answering.check(Proof{}); }, ThrowsMessage<HandshakeRefused>(HasSubstr("version 513")));
    reply.at(0) = 3;
    EXPECT_THAT([&] { static_cast<void>(client().prove(reply)); },
                ThrowsMessage<HandshakeRefused>(HasSubstr("version 769")));
}

TEST_F(HandshakeMessages, HaveOneOrTwoKeyIds) {
    for (const std::uint8_t count : std::array<std::uint8_t, 3>{0, 3, 255}) {
        HelloBytes hello = client().hello();
        hello.at(count_in_hello) = count;
        ServerHandshake answering = server();
        EXPECT_THAT([&] { static_cast<void>(answering.reply(hello)); },
                    ThrowsMessage<HandshakeRefused>(HasSubstr("makes no sense")));
    }
}

TEST_F(HandshakeMessages, ProveNothingForAnotherPurpose) {
    ServerHandshake answering = server("omd status");
    const ReplyBytes reply = answering.reply(client().hello());
    EXPECT_THROW(static_cast<void>(client().prove(reply)), HandshakeRefused);
    const std::string longest(longest_purpose, 'x');
    EXPECT_NO_THROW(client(longest));
    EXPECT_THROW(client(longest + 'x'), std::invalid_argument);
    EXPECT_THROW(server(longest + 'x'), std::invalid_argument);
}

TEST_F(HandshakeMessages, OfAnEarlierConversationProveNothing) {
    ServerHandshake earlier = server();
    const ReplyBytes reply = earlier.reply(client().hello());
    const Proof proof = client().prove(reply);
    const ClientHandshake later_client(keys(), "migration", nonce_of(3));
    EXPECT_THROW(static_cast<void>(later_client.prove(reply)), HandshakeRefused);
    ServerHandshake later_server(keys(), "migration", nonce_of(4));
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
