// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/options.h"

#include <getopt.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace openmosix {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Options parse(std::vector<std::string> words) {
    words.insert(words.begin(), "omd");
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    ::optind = 0;
    ::opterr = 0;
    return parse_options(static_cast<int>(words.size()), arguments.data());
}

TEST(Options, AreAllOptional) {
    ::unsetenv("OMD_RUN_DIR");
    const Options options = parse({});
    EXPECT_EQ(options.action, Action::run);
    EXPECT_EQ(options.run_folder, "/run/openmosix");
    EXPECT_FALSE(options.listen);
    EXPECT_EQ(options.node, 0);
    EXPECT_THAT(options.problems, IsEmpty());
}

TEST(Options, SayWhereAndWho) {
    const Options options = parse({"--run-dir", "/r", "--listen", "192.0.2.1:77", "--node", "12", "--config", "c",
                                   "--key-file", "k", "--passphrase-file", "p", "--cluster-name", "lab"});
    EXPECT_EQ(options.run_folder, "/r");
    EXPECT_EQ(to_text(options.listen.value()), "192.0.2.1:77");
    EXPECT_EQ(options.node, 12);
    EXPECT_EQ(options.configuration_file, "c");
    EXPECT_EQ(options.key_file, "k");
    EXPECT_EQ(options.passphrase_file, "p");
    EXPECT_EQ(options.cluster_name, "lab");
    EXPECT_THAT(options.problems, IsEmpty());
}

TEST(Options, TakeTheRunFolderFromTheEnvironment) {
    ::setenv("OMD_RUN_DIR", "/elsewhere", 1);
    EXPECT_EQ(parse({}).run_folder, "/elsewhere");
    EXPECT_EQ(parse({"--run-dir", "/r"}).run_folder, "/r");
    ::unsetenv("OMD_RUN_DIR");
}

TEST(Options, AreCheckedAllAtOnce) {
    const Options options = parse({"--listen", "nowhere", "--node", "0", "--cluster-name", "Lab"});
    EXPECT_THAT(options.problems, ElementsAre(HasSubstr("--listen"), HasSubstr("--node"), HasSubstr("--cluster-name")));
}

TEST(Options, AreFollowedByASubcommand) {
    EXPECT_EQ(parse({"status"}).action, Action::status);
    const Options image = parse({"image", "file"});
    EXPECT_EQ(image.action, Action::image);
    EXPECT_THAT(image.words, ElementsAre("file"));
    EXPECT_EQ(parse({"restart", "file"}).action, Action::restart);
    EXPECT_THAT(parse({"halt"}).problems, ElementsAre(HasSubstr("halt")));
    EXPECT_THAT(parse({"status", "now"}).problems, ElementsAre(HasSubstr("no argument")));
    EXPECT_THAT(parse({"image"}).problems, ElementsAre(HasSubstr("one file")));
}

TEST(Endpoints, AreAddressesWithOrWithoutAPort) {
    for (const char* text : {"192.0.2.1:723", "[2001:db8::1]:723"}) {
        EXPECT_EQ(to_text(parse_endpoint(text).value()), text);
    }
    EXPECT_EQ(parse_endpoint("192.0.2.1")->port, 0);
    EXPECT_EQ(to_text(parse_endpoint("2001:db8::1")->address), "2001:db8::1");
    for (const char* text : {"", ":", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:7x", "pc1:7",
                             "[192.0.2.1]:7", "[2001:db8::1]", "[2001:db8::1:7"}) {
        EXPECT_FALSE(parse_endpoint(text)) << text;
    }
}

}  // namespace
}  // namespace openmosix
