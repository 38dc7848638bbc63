// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/admission_message.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace openmosix::balance::admission_message_test {
namespace {

AdmissionMessage request() {
    return {.sender = 1,
            .recipient = 65534,
            .run = 0xfedcba98,
            .sequence = 7,
            .content = AdmissionRequest{.process = {.home = 3, .pid = 4711},
                                        .from = 1,
                                        .purpose = MovePurpose::memory,
                                        .abi = Abi::amd64,
                                        .pages = 1000,
                                        .demand = 0.5,
                                        .expected_runnable = 2.25}};
}

AdmissionMessage answer(std::optional<AdmissionRefusal> refusal) {
    return {.sender = 65534, .recipient = 1, .run = 1, .sequence = 1, .content = AdmissionAnswer{refusal}};
}

AdmissionMessage relay() {
    AdmissionMessage message = request();
    const auto asked = std::get<AdmissionRequest>(message.content);
    message.recipient = asked.process.home;
    message.content = RelayRequest{.request = asked, .target = 5};
    return message;
}

AdmissionMessage cancelled() {
    AdmissionMessage message = request();
    message.content = AdmissionCancelled{};
    return message;
}

TEST(AdmissionMessages, AreDecodedAsTheyWereEncoded) {
    const auto decoded = decode_admission(encode(request()));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->sender, 1);
    EXPECT_EQ(decoded->recipient, 65534);
    EXPECT_EQ(decoded->run, 0xfedcba98);
    EXPECT_EQ(decoded->sequence, 7U);
    const auto& content = std::get<AdmissionRequest>(decoded->content);
    EXPECT_EQ(content.process, (ProcessId{.home = 3, .pid = 4711}));
    EXPECT_EQ(content.from, 1);
    EXPECT_EQ(content.purpose, MovePurpose::memory);
    EXPECT_EQ(content.abi, Abi::amd64);
    EXPECT_EQ(content.pages, 1000U);
    EXPECT_DOUBLE_EQ(content.demand, 0.5);
    EXPECT_DOUBLE_EQ(content.expected_runnable, 2.25);
    for (const auto refusal : {std::optional<AdmissionRefusal>(), std::optional(AdmissionRefusal::takes_no_guests),
                               std::optional(AdmissionRefusal::no_answer)}) {
        const auto other = decode_admission(encode(answer(refusal)));
        ASSERT_TRUE(other);
        EXPECT_EQ(std::get<AdmissionAnswer>(other->content).refusal, refusal);
    }
}

TEST(AdmissionMessages, AskTheHomeOfAGuest) {
    const auto other = decode_admission(encode(relay()));
    ASSERT_TRUE(other);
    const auto& content = std::get<RelayRequest>(other->content);
    EXPECT_EQ(content.target, 5);
    EXPECT_EQ(content.request.process, (ProcessId{.home = 3, .pid = 4711}));
    EXPECT_EQ(content.request.from, 1);
    for (const NodeId target : {NodeId{0}, NodeId{1}, NodeId{3}}) {
        AdmissionMessage wrong = relay();
        std::get<RelayRequest>(wrong.content).target = target;
        EXPECT_THROW(encode(wrong), std::logic_error);
    }
    AdmissionMessage of_another = relay();
    of_another.recipient = 4;
    EXPECT_THROW(encode(of_another), std::logic_error);
}

TEST(AdmissionMessages, CancelByTheNumberOfTheQuestion) {
    const auto other = decode_admission(encode(cancelled()));
    ASSERT_TRUE(other);
    EXPECT_TRUE(std::holds_alternative<AdmissionCancelled>(other->content));
    EXPECT_EQ(other->run, request().run);
    EXPECT_EQ(other->sequence, request().sequence);
}

TEST(AdmissionMessages, HaveOneEncoding) {
    for (const AdmissionMessage& message : {request(), answer(AdmissionRefusal::memory), cancelled(), relay()}) {
        const auto bytes = encode(message);
        EXPECT_LE(bytes.size(), max_admission_message_size);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            EXPECT_FALSE(decode_admission(std::span(bytes).first(size))) << size;
        }
        auto longer = bytes;
        longer.push_back(0);
        EXPECT_FALSE(decode_admission(longer));
        for (std::size_t place = 0; place < bytes.size(); ++place) {
            auto changed = bytes;
            changed[place] = 0xff;
            const auto decoded = decode_admission(changed);
            EXPECT_TRUE(!decoded || encode(*decoded) == changed) << place;
        }
    }
}

TEST(AdmissionMessages, HaveNoEncodingWithoutNodes) {
    for (const auto change :
         {+[](AdmissionMessage& message) { message.sender = 0; },
          +[](AdmissionMessage& message) { message.recipient = message.sender; },
          +[](AdmissionMessage& message) { message.sequence = 0; },
          +[](AdmissionMessage& message) { message.sender = 2; },
          +[](AdmissionMessage& message) { std::get<AdmissionRequest>(message.content).process.pid = 0; }}) {
        AdmissionMessage message = request();
        change(message);
        EXPECT_THROW(encode(message), std::logic_error);
    }
}

TEST(AdmissionMessages, DoNotTakeAbsurdNumbers) {
    AdmissionMessage message = request();
    std::get<AdmissionRequest>(message.content).demand = 1e300;
    const auto decoded = decode_admission(encode(message));
    ASSERT_TRUE(decoded);
    EXPECT_LE(std::get<AdmissionRequest>(decoded->content).demand, 1e6);
}

}  // namespace
}  // namespace openmosix::balance::admission_message_test
