// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/cluster_secret.h"

#include <gtest/gtest.h>

#include <numeric>

namespace clusterdisc {
namespace {

constexpr std::string_view counting_digits = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

ClusterKey counting_key() {
    ClusterKey key{};
    std::iota(key.begin(), key.end(), std::uint8_t{0});
    return key;
}

TEST(TypedSecret, IsAKeyWhenItHas64HexadecimalDigits) {
    EXPECT_EQ(parse_typed_secret(counting_digits), ClusterSecret(counting_key()));
    std::string upper(counting_digits);
    for (char& digit : upper) {
        digit = (digit >= 'a') ? static_cast<char>(digit - 'a' + 'A') : digit;
    }
    EXPECT_EQ(parse_typed_secret(upper), ClusterSecret(counting_key()));
}

TEST(TypedSecret, IsAPassphraseWhenItIsOtherText) {
    EXPECT_EQ(parse_typed_secret("two words"), ClusterSecret(Passphrase{"two words"}));
    EXPECT_EQ(parse_typed_secret("deadbeef"), ClusterSecret(Passphrase{"deadbeef"}));
    EXPECT_EQ(parse_typed_secret("k\xC3\xB6nigsberg"), ClusterSecret(Passphrase{"k\xC3\xB6nigsberg"}));
}

TEST(TypedSecret, IsRefusedWhenItIsAKeyWithADigitMissingOrTooMany) {
    EXPECT_FALSE(parse_typed_secret(counting_digits.substr(1)));
    EXPECT_FALSE(parse_typed_secret(std::string(counting_digits) + "0"));
}

TEST(TypedSecret, IsRefusedWhenItIsTooShortOrTooLong) {
    EXPECT_FALSE(parse_typed_secret("seven77"));
    EXPECT_TRUE(parse_typed_secret("eight888"));
    EXPECT_TRUE(parse_typed_secret(std::string(max_passphrase, 'x')));
    EXPECT_FALSE(parse_typed_secret(std::string(max_passphrase + 1, 'x')));
}

TEST(TypedSecret, IsRefusedWhenItHasControlCharacters) {
    EXPECT_FALSE(parse_typed_secret("eight\t888"));
    EXPECT_FALSE(parse_typed_secret(std::string("eight\0zero", 10)));
}

TEST(TypedSecret, IsRefusedWhenBootLoadersDisagreeAboutACharacter) {
    for (const char* text : {"don't panic", "say \"please\"", "back\\slash", "much $money"}) {
        EXPECT_FALSE(parse_typed_secret(text)) << text;
    }
}

TEST(KeyFile, Holds32BytesAsTheyAre) {
    const ClusterKey key = counting_key();
    EXPECT_EQ(parse_key_file(std::string(key.begin(), key.end())), key);
}

TEST(KeyFile, MayHold64HexadecimalDigitsAndALineEnd) {
    EXPECT_EQ(parse_key_file(counting_digits), counting_key());
    EXPECT_EQ(parse_key_file(std::string(counting_digits) + "\n"), counting_key());
}

TEST(KeyFile, IsRefusedWithAnyOtherLengthOrDigit) {
    EXPECT_FALSE(parse_key_file(""));
    EXPECT_FALSE(parse_key_file(std::string(counting_digits) + "\n\n"));
    EXPECT_FALSE(parse_key_file("g" + std::string(counting_digits.substr(1))));
    EXPECT_FALSE(parse_key_file(std::string(31, 'x')));
}

TEST(Key, IsWrittenAsTheDigitsThatItIsReadFrom) {
    EXPECT_EQ(to_hexadecimal(counting_key()), counting_digits);
}

}  // namespace
}  // namespace clusterdisc
