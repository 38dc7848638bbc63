// SPDX-License-Identifier: GPL-2.0-or-later
#include "omdiscd/options.h"

#include <getopt.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clusterdisc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

Options parse(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "omdiscd");
    std::vector<char*> pointers;
    for (std::string& argument : arguments) {
        pointers.push_back(argument.data());
    }
    pointers.push_back(nullptr);
    // getopt(3) remembers where it was.
    ::optind = 0;
    return parse_options(static_cast<int>(arguments.size()), pointers.data());
}

Configuration applied(const Options& options) {
    Configuration configuration;
    for (const auto& set : options.settings) {
        set(configuration);
    }
    return configuration;
}

TEST(Options, TakeWhatOpenMosixTook) {
    const Options options = parse({"-n", "-i", "eth0,eth1", "-m", "3"});
    EXPECT_THAT(options.problems, IsEmpty());
    EXPECT_THAT(applied(options).interfaces, ElementsAre("eth0", "eth1"));
    EXPECT_EQ(applied(options).multicast_time_to_live, 3);
}

TEST(Options, OverrideTheFiles) {
    const Options options = parse(
        {"--node-id",    "5",  "--plain",           "--no-avahi", "--no-multicast", "--peer", "192.0.2.1", "--peer=b:7",
         "--run-dir",    "/r", "--key-file",        "k",          "--cluster",      "lab",    "--name",    "pc",
         "--port",       "7",  "--wireguard-port",  "8",          "--log-level",    "error",  "--hooks",   "/h",
         "--hosts-base", "/b", "--passphrase-file", "p"});
    EXPECT_THAT(options.problems, IsEmpty());
    const Configuration configuration = applied(options);
    EXPECT_EQ(configuration.node_id, 5);
    EXPECT_TRUE(configuration.plain);
    EXPECT_FALSE(configuration.uses_avahi);
    EXPECT_FALSE(configuration.uses_multicast);
    ASSERT_EQ(configuration.peers.size(), 2U);
    EXPECT_EQ(configuration.peers[1].host, "b");
    EXPECT_EQ(configuration.run_folder, "/r");
    EXPECT_EQ(configuration.passphrase_file, "p");
    EXPECT_EQ(configuration.key_file, "") << "the later one of the two counts";
    EXPECT_EQ(configuration.cluster, "lab");
    EXPECT_EQ(configuration.name, "pc");
    EXPECT_EQ(configuration.port, 7);
    EXPECT_EQ(configuration.wireguard_port, 8);
    EXPECT_EQ(configuration.log_level, LogLevel::error);
    EXPECT_EQ(configuration.hooks_folder, "/h");
    EXPECT_EQ(configuration.hosts_base, "/b");
}

TEST(Options, ReportAllBadValues) {
    const Options options = parse({"--node-id", "0", "-m", "x", "--peer", "a b", "-i", "a/b", "left"});
    EXPECT_THAT(options.problems,
                ElementsAre(StartsWith("--node-id must be a whole number from 1 to 65534, not 0"),
                            StartsWith("-m must be a whole number from 1 to 255, not"),
                            StartsWith("-i must be a list of interface names"),
                            StartsWith("--peer must be a list of addresses"), "unexpected argument left"))
        << "in the order of the command line, lists last";
}

TEST(Options, AskForHelpAndVersion) {
    EXPECT_EQ(parse({"-h"}).action, Action::show_help);
    EXPECT_EQ(parse({"--version"}).action, Action::show_version);
    EXPECT_EQ(parse({"--check"}).action, Action::check);
    EXPECT_THAT(parse({"--nonsense"}).problems, ElementsAre("try omdiscd --help"));
}

}  // namespace
}  // namespace clusterdisc
