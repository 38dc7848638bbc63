// SPDX-License-Identifier: GPL-2.0-or-later
#include "boot_settings.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>
#include <system_error>

#include "common/file.h"
#include "common/temporary_folder.h"

namespace clusterdisc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr ClusterKey key_of_x = [] {
    ClusterKey key{};
    key.fill('x');
    return key;
}();

class MediumKey : public testing::Test {
protected:
    void put_on_medium(const std::string& content) const {
        std::filesystem::create_directories(medium_.path("clusterdisc"));
        std::ofstream(medium_key_path(medium_.path())) << content;
    }
    [[nodiscard]] std::optional<ClusterSecret> choose(const std::string& command_line) {
        return choose_secret(parse_boot_parameters(command_line), medium_.path(), problems_);
    }
    [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

private:
    TemporaryFolder medium_;
    std::vector<std::string> problems_;
};

TEST_F(MediumKey, IsUsedWhenNoneIsTyped) {
    put_on_medium(std::string(32, 'x'));
    EXPECT_EQ(choose("quiet"), ClusterSecret(key_of_x));
    EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(MediumKey, GivesWayToATypedOne) {
    put_on_medium(std::string(32, 'x'));
    EXPECT_EQ(choose("clusterkey=long-enough"), ClusterSecret(Passphrase{"long-enough"}));
    EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(MediumKey, IsNotUsedInPlaceOfABadTypedOne) {
    put_on_medium(std::string(32, 'x'));
    EXPECT_FALSE(choose("clusterkey=bad"));
}

TEST_F(MediumKey, IsMissedWhenThereIsNone) {
    EXPECT_FALSE(choose("quiet"));
    EXPECT_THAT(problems(), ElementsAre(HasSubstr("there is no cluster key")));
}

TEST_F(MediumKey, IsReportedWhenItIsDamaged) {
    put_on_medium("not a key");
    EXPECT_FALSE(choose("quiet"));
    EXPECT_THAT(problems(), ElementsAre(HasSubstr("is not a cluster key")));
}

TEST_F(MediumKey, IsReportedWhenItIsTooLongToBeOne) {
    put_on_medium(std::string(1000, '0'));
    EXPECT_FALSE(choose("quiet"));
    EXPECT_THAT(problems(), ElementsAre(HasSubstr("not readable")));
}

mode_t permissions_of(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
}

class WrittenSettings : public testing::Test {
protected:
    void write(const NodeSettings& settings, const std::optional<ClusterSecret>& secret,
               const std::vector<std::string>& problems = {}) const {
        write_boot_settings(paths_, settings, secret, std::nullopt, problems);
    }
    [[nodiscard]] BootSettings read() const { return read_boot_settings(paths_); }
    [[nodiscard]] const BootSettingsPaths& paths() const { return paths_; }

private:
    TemporaryFolder folder_;
    BootSettingsPaths paths_{folder_.path("clusterdisc")};
};

TEST_F(WrittenSettings, AreReadBackAsTheyWere) {
    const NodeSettings settings{"lab", 5, {"eth0"}, true};
    write(settings, key_of_x, {"first problem", "second problem"});
    EXPECT_EQ(read().settings, settings);
    EXPECT_THAT(read().problems, ElementsAre("first problem", "second problem"));
}

TEST_F(WrittenSettings, KeepSecretsFromEverybodyButTheOwner) {
    write({}, key_of_x);
    EXPECT_EQ(permissions_of(paths().node), 0644U);
    EXPECT_EQ(permissions_of(paths().problems), 0644U);
    EXPECT_EQ(permissions_of(paths().key), 0600U);
    write({}, Passphrase{"long-enough"});
    EXPECT_EQ(permissions_of(paths().passphrase), 0600U);
}

TEST_F(WrittenSettings, HoldOneSecretAtMost) {
    write({}, key_of_x);
    EXPECT_EQ(read_file(paths().key, 100), to_hexadecimal(key_of_x) + "\n");
    write({}, Passphrase{"two words"});
    EXPECT_EQ(read_file(paths().key, 100), std::nullopt);
    EXPECT_EQ(read_file(paths().passphrase, 100), "two words\n");
    write({}, std::nullopt);
    EXPECT_EQ(read_file(paths().passphrase, 100), std::nullopt);
}

TEST_F(WrittenSettings, KeepNoOldSecretWhenWritingFails) {
    write({}, key_of_x);
    std::filesystem::remove(paths().node);
    std::filesystem::create_directory(paths().node);
    EXPECT_THROW(write({}, key_of_x), std::system_error);
    EXPECT_EQ(read_file(paths().key, 100), std::nullopt);
    EXPECT_EQ(read_file(paths().problems, 100), std::nullopt);
}

TEST_F(WrittenSettings, KeepNoKeyOfAnEarlierRunForLogins) {
    write_boot_settings(paths(), {}, std::nullopt, "ssh-ed25519 AAAA", {});
    EXPECT_EQ(read_file(authorized_keys_path(paths()), 100), "ssh-ed25519 AAAA\n");
    EXPECT_EQ(permissions_of(authorized_keys_path(paths())), 0644U);
    write({}, std::nullopt);
    EXPECT_EQ(read_file(authorized_keys_path(paths()), 100), std::nullopt);
}

TEST_F(WrittenSettings, AreMissedWhenTheyWereNotWritten) {
    EXPECT_THAT(read().problems, ElementsAre(HasSubstr("have not been read")));
}

TEST_F(WrittenSettings, AreReportedWhenTheyAreDamaged) {
    write({}, std::nullopt);
    std::ofstream(paths().node) << "rubbish\n";
    EXPECT_THAT(read().problems, ElementsAre(HasSubstr("is damaged")));
}

}  // namespace
}  // namespace clusterdisc
