// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "common/file.h"
#include "common/temporary_folder.h"

namespace openmosix {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> problems_of(std::string_view document) {
    Configuration configuration;
    std::vector<std::string> problems;
    read_toml(document, "omd.toml", configuration, problems);
    return problems;
}

TEST(OmdToml, MayBeEmpty) {
    Configuration configuration;
    std::vector<std::string> problems;
    read_toml("", "omd.toml", configuration, problems);
    EXPECT_THAT(problems, IsEmpty());
    EXPECT_EQ(configuration.port, 723);
    EXPECT_EQ(configuration.guest_user, "nobody");
    EXPECT_EQ(configuration.memory_limit, "60%");
    EXPECT_FALSE(configuration.cluster.nomigrate);
}

TEST(OmdToml, SetsEverything) {
    Configuration configuration;
    std::vector<std::string> problems;
    read_toml(
        "cluster = \"lab\"\nkey_file = \"/k\"\npassphrase_file = \"/p\"\nnomigrate = true\nport = 77\n"
        "guest_user = \"guests\"\nmemory_limit = \"512M\"\ncpu_weight = 10\nmost_guests = 3\n"
        "yield_to_user = false\nuser_terminals = [\"/dev/pts/*\"]\n",
        "omd.toml", configuration, problems);
    EXPECT_THAT(problems, IsEmpty());
    EXPECT_EQ(configuration.cluster.cluster, "lab");
    EXPECT_EQ(configuration.cluster.key_file, "/k");
    EXPECT_EQ(configuration.cluster.passphrase_file, "/p");
    EXPECT_TRUE(configuration.cluster.nomigrate);
    EXPECT_EQ(configuration.port, 77);
    EXPECT_EQ(configuration.guest_user, "guests");
    EXPECT_EQ(configuration.memory_limit, "512M");
    EXPECT_EQ(configuration.cpu_weight, 10U);
    EXPECT_EQ(configuration.max_guests, 3U);
    EXPECT_FALSE(configuration.yield_to_user);
    EXPECT_THAT(configuration.user_terminals, ElementsAre("/dev/pts/*"));
}

TEST(OmdToml, SaysWhatIsWrongAndWhere) {
    EXPECT_THAT(problems_of("port = 0\n\nguest_user = \"root\"\nguests = 7\n"),
                testing::UnorderedElementsAre(HasSubstr("omd.toml:1: port must be"),
                                              HasSubstr("omd.toml:3: guest_user must be"),
                                              HasSubstr("omd.toml:4: there is no setting guests")));
    for (const char* limit :
         {"", "0", "512m", "2 G", "-1", "max ", "9999999999999999", "%", "0%", "101%", "60%%", "6.5%"}) {
        EXPECT_THAT(problems_of("memory_limit = \"" + std::string(limit) + "\""),
                    ElementsAre(HasSubstr("memory_limit")))
            << limit;
    }
    for (const char* limit : {"1%", "99%", "100%", "1", "5K", "7G", "max"}) {
        EXPECT_THAT(problems_of("memory_limit = \"" + std::string(limit) + "\""), IsEmpty()) << limit;
    }
    for (const char* terminals : {"[\"tty1\"]", "[\"/dev/tty1\", 7]", "\"/dev/tty1\""}) {
        EXPECT_THAT(problems_of("user_terminals = " + std::string(terminals)),
                    ElementsAre(HasSubstr("user_terminals must be")))
            << terminals;
    }
    EXPECT_THAT(problems_of("yield_to_user = 1"), ElementsAre(HasSubstr("yield_to_user must be")));
    for (const char* user : {"", "a:b", "../x", "a b"}) {
        EXPECT_THAT(problems_of("guest_user = \"" + std::string(user) + "\""), ElementsAre(HasSubstr("guest_user")))
            << user;
    }
}

TEST(OmdToml, MustExistWhenItIsNamed) {
    const clusterdisc::TemporaryFolder folder;
    EXPECT_THROW(read_configuration(folder.path("omd.toml")), std::runtime_error);
    constexpr mode_t mode = 0644;
    clusterdisc::replace_file(folder.path("omd.toml"), "port = 99\n", mode);
    EXPECT_EQ(read_configuration(folder.path("omd.toml")).port, 99);
}

TEST(OmdToml, IsReadOverOpenmosixConfig) {
    const clusterdisc::TemporaryFolder folder;
    constexpr mode_t mode = 0644;
    clusterdisc::replace_file(folder.path("omd.toml"), "", mode);
    EXPECT_THAT(read_configuration(folder.path("omd.toml")).first_switches, IsEmpty());
    clusterdisc::replace_file(folder.path("openmosix.config"), "MIGRATE=no\nBLOCK=no\nNODESPEED=7000\n", mode);
    const Configuration configuration = read_configuration(folder.path("omd.toml"));
    EXPECT_THAT(configuration.first_switches, ElementsAre(NodeSwitch::stay));
    EXPECT_EQ(configuration.first_speed, 7000U);
    clusterdisc::replace_file(folder.path("openmosix.config"), "NODESPEED=4294967295\n", mode);
    EXPECT_THROW(read_configuration(folder.path("omd.toml")), std::runtime_error);
}

}  // namespace
}  // namespace openmosix
