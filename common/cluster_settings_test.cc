// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/cluster_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/file.h"
#include "common/temporary_folder.h"

namespace clusterdisc {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr mode_t for_everybody = 0644;

class ClusterSettingsFiles : public testing::Test {
protected:
    void put(const std::string& name, const std::string& content) const {
        replace_file(folder_.path(name), content, for_everybody);
    }
    [[nodiscard]] ClusterSettings read() {
        return read_cluster_settings(problems_, folder_.path("omdiscd.toml"), BootSettingsPaths(folder_.path()));
    }
    [[nodiscard]] std::string path(const std::string& name) const { return folder_.path(name); }
    [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

private:
    TemporaryFolder folder_;
    std::vector<std::string> problems_;
};

TEST_F(ClusterSettingsFiles, NeedNotBeThere) {
    const ClusterSettings settings = read();
    EXPECT_EQ(settings.cluster, default_cluster_name);
    EXPECT_THAT(settings.key_file, IsEmpty());
    EXPECT_FALSE(settings.nomigrate);
    EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ClusterSettingsFiles, OfTheAgentAreReadUnderThoseOfTheBoot) {
    put("omdiscd.toml", "# für das Labor\ncluster = \"lab\"\nport = 1\nkey_file = \"/etc/key\"\nnomigrate = false\n");
    put("node.toml", "cluster = \"other-lab\"\nnomigrate = true\nnodeid = 7\n");
    const ClusterSettings settings = read();
    EXPECT_EQ(settings.cluster, "other-lab");
    EXPECT_EQ(settings.key_file, "/etc/key");
    EXPECT_TRUE(settings.nomigrate);
    EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ClusterSettingsFiles, AreRefusedWithTheLine) {
    put("omdiscd.toml", "\ncluster = \"Lab\"\nkey_file = \"key\"\n");
    put("node.toml", "nomigrate = \n");
    static_cast<void>(read());
    EXPECT_THAT(problems(), ElementsAre(AllOf(HasSubstr("omdiscd.toml:2: cluster must be a name")),
                                        HasSubstr("omdiscd.toml:3: key_file must be an absolute path"),
                                        HasSubstr("node.toml:1: this is not TOML")));
}

TEST_F(ClusterSettingsFiles, LeadToTheKeys) {
    put("key", std::string(64, 'a'));
    ClusterSettings settings;
    settings.key_file = path("key");
    settings.cluster = "lab";
    const ClusterSecret secret = *parse_key_file(std::string(64, 'a'));
    EXPECT_EQ(read_key_ring(settings).sealing().id, KeyRing(std::span(&secret, 1), "lab").sealing().id);
}

}  // namespace
}  // namespace clusterdisc
