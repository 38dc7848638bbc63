// SPDX-License-Identifier: GPL-2.0-or-later
#include "admission/admission_message.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <string_view>

namespace clusterdisc {
namespace {

class AdmissionMessage : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_GE(::sodium_init(), 0);
        ::crypto_box_keypair(keys.public_key.data(), keys.secret_key.data());
        std::iota(key.begin(), key.end(), std::uint8_t{1});
    }

    [[nodiscard]] std::vector<std::uint8_t> reply(AdmissionStatus status) const {
        constexpr std::string_view start = "CDKA\x01";
        std::vector<std::uint8_t> bytes(start.begin(), start.end());
        bytes.push_back(static_cast<std::uint8_t>(status));
        bytes.insert(bytes.end(), sizeof(AdmissionNonce), 7);
        if (status == AdmissionStatus::admitted) {
            std::vector<std::uint8_t> sealed(key.size() + crypto_box_SEALBYTES);
            ::crypto_box_seal(sealed.data(), key.data(), key.size(), keys.public_key.data());
            bytes.insert(bytes.end(), sealed.begin(), sealed.end());
        }
        return bytes;
    }

    AdmissionKeys keys;
    ClusterKey key{};
};

TEST_F(AdmissionMessage, RequestHasItsFieldsInOrderAndItsSize) {
    AdmissionRequest request{.nonce = {}, .mac = {1, 2, 3, 4, 5, 6}, .public_key = keys.public_key};
    request.nonce.fill(9);
    const auto bytes = encode(request);
    ASSERT_EQ(bytes.size(), admission_request_size);
    EXPECT_EQ(std::string_view("CDKQ\x01"), std::string(bytes.begin(), bytes.begin() + 5));
    EXPECT_TRUE(std::equal(request.nonce.begin(), request.nonce.end(), bytes.begin() + 5));
    EXPECT_TRUE(std::equal(request.mac.begin(), request.mac.end(), bytes.begin() + 21));
    EXPECT_TRUE(std::equal(keys.public_key.begin(), keys.public_key.end(), bytes.begin() + 27));
    EXPECT_TRUE(std::all_of(bytes.begin() + 59, bytes.end(), [](std::uint8_t byte) { return byte == 0; }));
}

TEST_F(AdmissionMessage, NoReplyIsLargerThanARequest) {
    EXPECT_LE(reply(AdmissionStatus::admitted).size(), admission_request_size);
    EXPECT_LE(reply(AdmissionStatus::admitted).size(), max_admission_reply);
}

TEST_F(AdmissionMessage, SealedKeyIsOpenedByItsReceiverOnly) {
    const auto parsed = parse_admission_reply(reply(AdmissionStatus::admitted));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(open_admission_reply(*parsed, keys), key);
    AdmissionKeys others;
    ::crypto_box_keypair(others.public_key.data(), others.secret_key.data());
    EXPECT_FALSE(open_admission_reply(*parsed, others));
}

TEST_F(AdmissionMessage, ChangedSealIsNotOpened) {
    auto bytes = reply(AdmissionStatus::admitted);
    bytes.back() ^= 1U;
    const auto parsed = parse_admission_reply(bytes);
    ASSERT_TRUE(parsed);
    EXPECT_FALSE(open_admission_reply(*parsed, keys));
}

TEST_F(AdmissionMessage, RefusalsHaveNoKey) {
    for (const auto status : {AdmissionStatus::closed, AdmissionStatus::no_key}) {
        const auto parsed = parse_admission_reply(reply(status));
        ASSERT_TRUE(parsed);
        EXPECT_EQ(parsed->status, status);
        EXPECT_FALSE(open_admission_reply(*parsed, keys));
    }
}

TEST_F(AdmissionMessage, AnythingElseIsRefused) {
    for (const auto status : {AdmissionStatus::admitted, AdmissionStatus::closed}) {
        auto bytes = reply(status);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            EXPECT_FALSE(parse_admission_reply(std::span(bytes).first(size))) << size;
        }
        bytes.push_back(0);
        EXPECT_FALSE(parse_admission_reply(bytes));
    }
    for (const std::size_t place : {0U, 4U, 5U}) {
        auto bytes = reply(AdmissionStatus::closed);
        bytes.at(place) = 3;
        EXPECT_FALSE(parse_admission_reply(bytes)) << place;
    }
}

}  // namespace
}  // namespace clusterdisc
