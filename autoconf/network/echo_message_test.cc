// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/echo_message.h"

#include <gmock/gmock.h>

#include <array>
#include <vector>

namespace clusterdisc {
namespace {

using ::testing::ElementsAre;

TEST(EchoMessage, HasAChecksumForIpv4Only) {
    const std::array<std::uint8_t, 3> content{1, 2, 3};
    const auto ipv4 = encode_echo_request(false, 0x1234, 0x0001, content);
    EXPECT_EQ(ipv4.front(), 8);
    EXPECT_EQ(internet_checksum(ipv4), 0);
    EXPECT_THAT(encode_echo_request(true, 0x1234, 0x0001, content),
                ElementsAre(128, 0, 0, 0, 0x12, 0x34, 0, 1, 1, 2, 3));
}

TEST(EchoMessage, ChecksumOfTheExampleInRfc1071) {
    EXPECT_EQ(internet_checksum(std::array<std::uint8_t, 8>{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}),
              static_cast<std::uint16_t>(~0xddf2U & 0xffffU));
}

TEST(EchoMessage, FindsTheContentOfReplies) {
    const std::vector<std::uint8_t> ipv6{129, 0, 0, 0, 0, 0, 0, 0, 7, 8};
    const auto content = echo_reply_content(true, ipv6);
    ASSERT_TRUE(content);
    EXPECT_THAT(std::vector(content->begin(), content->end()), ElementsAre(7, 8));

    std::vector<std::uint8_t> ipv4(24, 0);
    ipv4.front() = 0x46;
    ipv4.insert(ipv4.end(), {0, 0, 0, 0, 0, 0, 0, 0, 9});
    const auto behind_options = echo_reply_content(false, ipv4);
    ASSERT_TRUE(behind_options);
    EXPECT_THAT(std::vector(behind_options->begin(), behind_options->end()), ElementsAre(9));
}

TEST(EchoMessage, TakesNothingElse) {
    EXPECT_FALSE(echo_reply_content(true, {}));
    EXPECT_FALSE(echo_reply_content(false, {}));
    EXPECT_FALSE(echo_reply_content(true, std::vector<std::uint8_t>{128, 0, 0, 0, 0, 0, 0, 0}));
    EXPECT_FALSE(echo_reply_content(false, std::vector<std::uint8_t>{0x4f, 0, 0, 0, 0, 0, 0, 0}));
    EXPECT_FALSE(echo_reply_content(false, std::vector<std::uint8_t>(40, 0x41)));
}

}  // namespace
}  // namespace clusterdisc
