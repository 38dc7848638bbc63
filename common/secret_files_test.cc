// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/secret_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "common/file.h"
#include "common/temporary_folder.h"

namespace clusterdisc {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr mode_t for_root_only = 0600;

class SecretFilesOf : public testing::Test {
protected:
    [[nodiscard]] std::string put(const std::string& name, const std::string& content) const {
        replace_file(folder_.path(name), content, for_root_only);
        return folder_.path(name);
    }
    [[nodiscard]] std::vector<ClusterSecret> read(const SecretFiles& configured = {}) const {
        return read_secrets(configured, BootSettingsPaths(folder_.path()));
    }
    [[nodiscard]] std::string path(const std::string& name) const { return folder_.path(name); }

private:
    TemporaryFolder folder_;
};

ClusterKey key_of(std::uint8_t byte) {
    ClusterKey key{};
    key.fill(byte);
    return key;
}

TEST_F(SecretFilesOf, TheConfigurationComeFirst) {
    static_cast<void>(put("cluster.key", std::string(64, '1')));
    const std::string key = put("key", std::string(64, '2'));
    const std::string passphrase = put("words", "correct horse\n");
    EXPECT_THAT(read({.key = key, .passphrase = passphrase}), ElementsAre(ClusterSecret(key_of(0x22))));
    EXPECT_THAT(read({.key = "", .passphrase = passphrase}), ElementsAre(ClusterSecret(Passphrase{"correct horse"})));
}

TEST_F(SecretFilesOf, TheBootAreFound) {
    static_cast<void>(put("passphrase", "correct horse\n"));
    EXPECT_THAT(read(), ElementsAre(ClusterSecret(Passphrase{"correct horse"})));
    static_cast<void>(put("cluster.key", std::string(64, '1') + '\n' + std::string(64, '2')));
    EXPECT_THAT(read(), ElementsAre(ClusterSecret(key_of(0x11)), ClusterSecret(key_of(0x22))));
}

TEST_F(SecretFilesOf, AWrongKindAreNamed) {
    const std::string key = put("key", "12345678\n");
    EXPECT_THAT([&] { static_cast<void>(read({.key = key, .passphrase = ""})); },
                ThrowsMessage<std::runtime_error>(AllOf(HasSubstr(key), HasSubstr("line 1"))));
    EXPECT_THAT([&] { static_cast<void>(read({.key = path("nothing"), .passphrase = ""})); },
                ThrowsMessage<std::runtime_error>(AllOf(HasSubstr(path("nothing")), HasSubstr("does not exist"))));
}

}  // namespace
}  // namespace clusterdisc
