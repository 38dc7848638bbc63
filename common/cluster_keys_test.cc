// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/cluster_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <stdexcept>

namespace clusterdisc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::string ones() {
    std::string digits;
    digits.assign(64, 'f');
    return digits;
}

std::string zero_up() {
    return "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
}

ClusterKey key_from_zero_up() {
    ClusterKey key{};
    std::iota(key.begin(), key.end(), std::uint8_t{0});
    return key;
}

ClusterKey key_of_ones() {
    ClusterKey key{};
    key.fill(0xFF);
    return key;
}

KeyRing ring_of(const std::vector<ClusterSecret>& secrets, std::string_view name = "omcluster") {
    return {secrets, name};
}

TEST(KeyRing, DerivesByKeyedBlake2bWithAContextAndTheName) {
    const KeyRing ring = ring_of({key_from_zero_up()});
    // From Python's hashlib.blake2b(context + b"\0omcluster", key=bytes(range(32)), digest_size=32).
    EXPECT_EQ(ring.sealing().id, 0xBBE36F51U);
    EXPECT_EQ(to_hexadecimal(ring.sealing().message),
              "cf459fe0ca72e3ec9666e842ae86f1d12454f3652d832a7831f6c5f54e4b3133");
    EXPECT_EQ(to_hexadecimal(ring.sealing().wireguard_preshared),
              "d3b4d47ef6a416ad052b14279de38599d957087f88e5359348b28e7ecdd44eab");
    EXPECT_EQ(to_hexadecimal(ring.sealing().migration),
              "44f8f2bc39e69d474afd3837450b7c3dbc59882d14c6e8b0c86929a8aa4c5ed1");
}

TEST(KeyRing, OfAnotherNameIsAStranger) {
    const KeyRing ring = ring_of({key_from_zero_up()});
    const KeyRing other = ring_of({key_from_zero_up()}, "omcluster2");
    EXPECT_NE(ring.sealing().id, other.sealing().id);
    EXPECT_NE(ring.sealing().message, other.sealing().message);
    EXPECT_NE(ring.sealing().wireguard_preshared, other.sealing().wireguard_preshared);
    EXPECT_NE(ring.sealing().migration, other.sealing().migration);
}

TEST(KeyRing, StretchesPassphrasesTheSameWayEverywhere) {
    const KeyRing ring = ring_of({Passphrase{"correct horse"}});
    // From the Argon2id of Python's cryptography package, which is OpenSSL's, and hashlib.blake2b.
    EXPECT_EQ(ring.sealing().id, 0xFE0C63FCU);
    EXPECT_NE(ring.sealing().id, ring_of({Passphrase{"correct horsf"}}).sealing().id);
    EXPECT_NE(ring.sealing().id, ring_of({Passphrase{"correct horse"}}, "other").sealing().id);
}

TEST(KeyRing, SealsWithTheFirstAndFindsBoth) {
    const KeyRing ring = ring_of({key_of_ones(), key_from_zero_up()});
    const KeyId first = ring_of({key_of_ones()}).sealing().id;
    EXPECT_EQ(ring.sealing().id, first);
    EXPECT_THAT(ring.ids(), ElementsAre(first, 0xBBE36F51U));
    ASSERT_NE(ring.find(0xBBE36F51U), nullptr);
    EXPECT_EQ(ring.find(0xBBE36F51U)->id, 0xBBE36F51U);
    EXPECT_EQ(ring.find(first ^ 1U), nullptr);
}

TEST(KeyRing, FindsNothingInTheUnusedPlace) {
    EXPECT_EQ(ring_of({key_of_ones()}).find(0), nullptr);
}

TEST(KeyRing, ChoosesTheSameCommonKeyOnBothSides) {
    const KeyRing ours = ring_of({key_of_ones(), key_from_zero_up()});
    const KeyRing theirs = ring_of({key_from_zero_up(), key_of_ones()});
    ASSERT_NE(ours.common(theirs.ids()), nullptr);
    EXPECT_EQ(ours.common(theirs.ids())->id, theirs.common(ours.ids())->id);
    const KeyRing old = ring_of({key_from_zero_up()});
    EXPECT_EQ(ours.common(old.ids())->id, 0xBBE36F51U);
    EXPECT_EQ(ours.common(std::vector<KeyId>{}), nullptr);
}

TEST(KeyRing, IsNotMadeOfTooFewTooManyOrEqualKeys) {
    EXPECT_THROW(ring_of({}), std::invalid_argument);
    EXPECT_THROW(ring_of({ClusterKey{1}, ClusterKey{2}, ClusterKey{3}}), std::invalid_argument);
    EXPECT_THROW(ring_of({ClusterKey{1}, ClusterKey{1}}), std::runtime_error);
}

TEST(KeyRingFile, HoldsLinesOfDigitsOrRawBytes) {
    const ClusterSecret first = key_from_zero_up();
    const ClusterSecret second = key_of_ones();
    EXPECT_THAT(parse_key_ring(zero_up()), ElementsAre(first));
    EXPECT_THAT(parse_key_ring(zero_up() + "\n" + ones() + "\n"), ElementsAre(first, second));
    EXPECT_THAT(parse_key_ring("# new\r\n" + ones() + "\r\n\r\n# old\n" + zero_up()), ElementsAre(second, first));
    EXPECT_THAT(parse_key_ring(std::string(32, '\xFF')), ElementsAre(second));
}

TEST(KeyRingFile, IsRefusedWithTheLineAtFault) {
    const auto refused = [](const std::string& content, const std::string& reason) {
        EXPECT_THAT([&content] { parse_key_ring(content); }, ThrowsMessage<std::runtime_error>(HasSubstr(reason)));
    };
    refused("", "there is no key");
    refused("# nothing\n\n", "there is no key");
    refused(zero_up() + "\nabc\n", "line 2 is not 64 hexadecimal digits");
    refused("\n" + zero_up() + "0", "line 2 is not 64 hexadecimal digits");
    refused(std::string(64, 'g'), "line 1 is not 64 hexadecimal digits");
    refused(std::string(32, '\xFE') + "\n", "line 1 is not 64 hexadecimal digits");
    refused(zero_up() + "\n\n" + zero_up(), "line 3 repeats");
    refused(zero_up() + "\n" + ones() + "\n" + std::string(64, '0'), "line 3 is one too many");
}

TEST(PassphraseRingFile, HoldsLines) {
    EXPECT_THAT(parse_passphrase_ring("correct horse\n"), ElementsAre(ClusterSecret(Passphrase{"correct horse"})));
    EXPECT_THAT(parse_passphrase_ring("#number 1\r\n" + zero_up()),
                ElementsAre(ClusterSecret(Passphrase{"#number 1"}), ClusterSecret(key_from_zero_up())));
}

TEST(PassphraseRingFile, IsRefusedWithTheLineAtFaultButNotItsText) {
    const auto refused = [](const std::string& content, const std::string& reason) {
        EXPECT_THAT([&content] { parse_passphrase_ring(content); },
                    ThrowsMessage<std::runtime_error>(testing::AllOf(HasSubstr(reason), Not(HasSubstr("hush")))));
    };
    refused("\n\n", "there is no passphrase");
    refused("correct horse\nhush\n", "line 2 is not a passphrase");
    refused("hush hush\nhush hush", "line 2 repeats");
    refused("hush hush 1\nhush hush 2\nhush hush 3", "line 3 is one too many");
}

}  // namespace
}  // namespace clusterdisc
