// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tools/mosctl_options.h"
#include "tools/node_figures.h"

namespace openmosix {
namespace {
namespace mosctl {

using testing::ElementsAre;
using testing::HasSubstr;
using Action = MosctlOptions::Action;
using Position = SwitchRequest::Position;

MosctlOptions parse(std::vector<std::string> words) {
    words.insert(words.begin(), "mosctl");
    std::vector<char*> arguments;
    arguments.reserve(words.size());
    for (std::string& word : words) {
        arguments.push_back(word.data());
    }
    return parse_mosctl_options(arguments);
}

TEST(Mosctl, SetsSwitchesAndTheirOpposites) {
    for (const char* name : {"stay", "lstay", "block", "quiet"}) {
        const auto which = find_node_switch(name).value();
        EXPECT_EQ(parse({name}).position, (SwitchRequest{.which = which, .to = Position::on})) << name;
        for (const char* opposite : {"no", "-"}) {
            const MosctlOptions options = parse({std::string(opposite) + name});
            EXPECT_EQ(options.action, Action::set_switch);
            EXPECT_EQ(options.position, (SwitchRequest{.which = which, .to = Position::off})) << opposite << name;
        }
        EXPECT_THAT(parse({name, "2"}).problem, HasSubstr("no argument")) << name;
    }
}

TEST(Mosctl, TakesNodesWhereThatHasAMeaning) {
    for (const char* command : {"status", "isup", "getload", "getspeed", "getmem", "getfree", "getutil", "whois"}) {
        EXPECT_THAT(parse({command, "7"}).words, ElementsAre("7")) << command;
        EXPECT_EQ(parse({command}).problem, "") << command;
        EXPECT_THAT(parse({command, "7", "8"}).problem, HasSubstr("one node")) << command;
    }
    for (const char* command : {"expel", "bring", "nodes", "getyard"}) {
        EXPECT_EQ(parse({command}).problem, "") << command;
        EXPECT_THAT(parse({command, "7"}).problem, HasSubstr("no argument")) << command;
    }
}

TEST(Mosctl, TakesOneSpeed) {
    const MosctlOptions options = parse({"setspeed", "12000"});
    EXPECT_EQ(options.problem, "");
    EXPECT_EQ(options.action, Action::set_speed);
    EXPECT_EQ(options.speed.speed, 12000U);
    for (const char* wrong : {"0", "fast", "-1", "99999999999", ""}) {
        EXPECT_THAT(parse({"setspeed", wrong}).problem, HasSubstr("one number")) << wrong;
    }
    EXPECT_THAT(parse({"setspeed"}).problem, HasSubstr("one number"));
    EXPECT_THAT(parse({"setspeed", "1", "2"}).problem, HasSubstr("one number"));
}

TEST(Mosctl, TakesOptionsAnywhere) {
    const MosctlOptions options = parse({"--run-dir=/r", "expel", "--wait", "7"});
    EXPECT_EQ(options.run_folder, "/r");
    EXPECT_EQ(options.wait, std::chrono::seconds(7));
    EXPECT_EQ(options.action, Action::expel);
    EXPECT_EQ(parse({"expel", "--help"}).action, Action::show_help);
    for (const char* wrong : {"0", "86401", "x", "-1", ""}) {
        EXPECT_THAT(parse({"expel", "--wait", wrong}).problem, HasSubstr("--wait")) << wrong;
    }
    EXPECT_THAT(parse({"expel", "--wait"}).problem, HasSubstr("needs a value"));
}

TEST(Mosctl, SaysWhatIsWrong) {
    EXPECT_THAT(parse({}).problem, HasSubstr("command"));
    for (const char* unknown : {"halt", "nonostay", "--stay", "noexpel", "\x1b"}) {
        EXPECT_THAT(parse({unknown}).problem, HasSubstr("unknown command")) << unknown;
    }
}

TEST(Mosctl, ExplainsWhatHasNoMeaning) {
    for (const char* command : {"mfs", "nomfs", "setyard", "gettune", "getdecay", "setdecay"}) {
        const MosctlOptions options = parse({command, "1", "2", "3"});
        EXPECT_EQ(options.action, Action::explain) << command;
        EXPECT_EQ(options.words.size(), 1U) << command;
    }
}

TEST(NodeFigures, AreInUnitsOfOpenMosix) {
    const NodeLoad standard{.node = 1, .load = 2, .cpus = 2, .free_memory_kb = 4096, .speed = 10'000, .accepts = true};
    EXPECT_EQ(to_figures(standard).load, 250U);
    EXPECT_EQ(to_figures(standard).speed, 10'000U);
    EXPECT_EQ(to_figures(standard).free_pages, 1024U);
    NodeLoad other = standard;
    other.speed = 40'000;
    EXPECT_EQ(to_figures(other).load, 63U);
    other.speed = 0;
    EXPECT_EQ(to_figures(other).load, 250U);
    EXPECT_EQ(to_figures(other).speed, 0U);
}

}  // namespace mosctl
}  // namespace
}  // namespace openmosix
