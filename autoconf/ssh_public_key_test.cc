// SPDX-License-Identifier: GPL-2.0-or-later
#include "ssh_public_key.h"

#include <gtest/gtest.h>

namespace clusterdisc {
namespace {

constexpr const char* base64 = "AAAAC3NzaC1lZDI1NTE5AAAAIFha6UACHJndH4kigUhVfyBeOYWw31Wmr40qC19e9EeO";
/// The line of authorized_keys.
std::string key_line() {
    return std::string("ssh-ed25519 ") + base64;
}

TEST(SshPublicKey, IsItsBase64) {
    EXPECT_EQ(parse_ssh_public_key(base64), key_line());
}

TEST(SshPublicKey, IsWhatStandsInAPubFile) {
    EXPECT_EQ(parse_ssh_public_key(key_line()), key_line());
    EXPECT_EQ(parse_ssh_public_key(key_line() + " me@home of mine"), key_line());
}

TEST(SshPublicKey, MayHaveFilledUpDigits) {
    // A key of type "a" with one byte of content.
    EXPECT_EQ(parse_ssh_public_key("AAAAAWF4"), "a AAAAAWF4");
    EXPECT_EQ(parse_ssh_public_key("AAAAAWF4eA=="), "a AAAAAWF4eA==");
}

TEST(SshPublicKey, IsOfTheTypeThatIsNamed) {
    EXPECT_FALSE(parse_ssh_public_key(std::string("ssh-rsa ") + base64));
}

TEST(SshPublicKey, BringsNoOptions) {
    EXPECT_FALSE(parse_ssh_public_key("command=\"true\" " + key_line()));
}

TEST(SshPublicKey, IsNothingElse) {
    for (const std::string text : {"", "ssh-ed25519", "ssh-ed25519 ", "AAAA", "AAAAC3NzaC1lZDI1NTE5",
                                   "AAAAAWFh\nA==", "AAAAAWF\xd7", "AAAAAUEA", "AAAAAAAA", "/////2FB", "=", "===="}) {
        EXPECT_FALSE(parse_ssh_public_key(text)) << text;
    }
    EXPECT_FALSE(parse_ssh_public_key(key_line() + std::string(max_ssh_public_key, ' ')));
}

}  // namespace
}  // namespace clusterdisc
