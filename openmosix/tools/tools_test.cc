// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tools/mosrun_options.h"
#include "tools/process_table.h"

namespace openmosix {
namespace {

using testing::HasSubstr;

MosrunOptions parse(std::vector<std::string> words) {
    words.insert(words.begin(), "mosrun");
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) {
        arguments.push_back(word.data());
    }
    return parse_mosrun_options(arguments);
}

TEST(Mosrun, BalancesUnlessToldWhere) {
    const MosrunOptions options = parse({"make", "-j4"});
    EXPECT_EQ(options.to, "balance");
    EXPECT_EQ(options.among, "");
    EXPECT_EQ(options.command, 1);
    EXPECT_EQ(options.problem, "");
}

TEST(Mosrun, TakesANodeForAnOption) {
    const MosrunOptions options = parse({"-17", "--run-dir", "/r", "sh", "-c", "exit 7"});
    EXPECT_EQ(options.to, "17");
    EXPECT_EQ(options.run_folder, "/r");
    EXPECT_EQ(options.command, 4);
}

TEST(Mosrun, LeavesTheCommandsOptionsAlone) {
    EXPECT_EQ(parse({"-h", "--", "-2"}).command, 3);
    EXPECT_EQ(parse({"-h", "--", "-2"}).to, "");
    EXPECT_EQ(parse({"-", "-2"}).command, 1);
}

TEST(Mosrun, ChoosesAmongNodes) {
    EXPECT_EQ(parse({"-j", "1-4,7", "make"}).among, "1-4,7");
    EXPECT_EQ(parse({"-j", "1-4,7", "-2", "make"}).among, "");
    EXPECT_EQ(parse({"--run-dir=/r", "-b", "make"}).run_folder, "/r");
}

MosrunOptions parse_as(const std::string& name, std::vector<std::string> words) {
    words.insert(words.begin(), "/usr/bin/" + name);
    std::vector<char*> arguments;
    arguments.reserve(words.size());
    for (std::string& word : words) {
        arguments.push_back(word.data());
    }
    return parse_mosrun_options(arguments);
}

TEST(Mosrun, LocksWhereANodeIsNamed) {
    EXPECT_FALSE(parse({"make"}).hints.lock);
    for (const char* place : {"-2", "-h"}) {
        EXPECT_EQ(parse({place, "make"}).hints.lock, MoveLock::on) << place;
        EXPECT_EQ(parse({place, "-l", "make"}).hints.lock, MoveLock::off) << place;
        EXPECT_FALSE(parse({place, "-k", "make"}).hints.lock) << place;
    }
    EXPECT_EQ(parse({"-j", "1-4", "make"}).hints.lock, MoveLock::on);
    EXPECT_EQ(parse({"-L", "make"}).hints.lock, MoveLock::on);
    EXPECT_EQ(parse({"-L", "make"}).to, "balance");
}

TEST(Mosrun, TakesTheOptionsOfOpenMosix) {
    const MosrunOptions options = parse({"-c", "-s", "-t", "5", "-d", "9", "-e", "-R", "-F", "-z", "/bin/sh", "-sh"});
    EXPECT_EQ(options.problem, "");
    EXPECT_EQ(options.hints.job, JobKind::cpu);
    EXPECT_EQ(options.hints.decay, Decay::slow);
    EXPECT_EQ(options.on_refusal, MosrunOptions::OnRefusal::run_here);
    EXPECT_TRUE(options.has_own_name);
    EXPECT_EQ(options.command, 11);
    EXPECT_EQ(parse({"-i", "cp"}).to, "");
    EXPECT_EQ(parse({"-2", "-i", "cp"}).to, "2");
    EXPECT_EQ(parse({"-m", "2-3", "cp"}).hints.nodes, (std::vector<NodeRange>{{.first = 2, .last = 3}}));
    EXPECT_EQ(parse({"-m", "all", "cp"}).hints.nodes, std::vector<NodeRange>());
}

TEST(Mosrun, HasOtherNames) {
    EXPECT_EQ(parse_as("nomig", {"make"}).to, "");
    EXPECT_EQ(parse_as("nomig", {"make"}).hints.lock, MoveLock::on);
    EXPECT_EQ(parse_as("runhome", {"make"}).to, "");
    EXPECT_EQ(parse_as("runhome", {"make"}).hints.lock, MoveLock::on);
    const MosrunOptions elsewhere = parse_as("runon", {"7", "-l", "make"});
    EXPECT_EQ(elsewhere.to, "7");
    EXPECT_EQ(elsewhere.command, 3);
    EXPECT_EQ(parse_as("cpujob", {"make"}).hints.job, JobKind::cpu);
    EXPECT_EQ(parse_as("cpujob", {"-2", "make"}).to, "2");
    EXPECT_EQ(parse_as("iojob", {"make"}).hints.job, JobKind::io);
    EXPECT_EQ(parse_as("nodecay", {"make"}).hints.decay, Decay::none);
    EXPECT_EQ(parse_as("slowdecay", {"make"}).hints.decay, Decay::slow);
    EXPECT_EQ(parse_as("fastdecay", {"make"}).hints.decay, Decay::fast);
    EXPECT_THAT(parse_as("runon", {"make"}).problem, HasSubstr("node id"));
    EXPECT_EQ(parse_as("mosenv", {"make"}).hints, MoveHints());
}

TEST(Mosrun, SaysWhatIsWrong) {
    EXPECT_THAT(parse({}).problem, HasSubstr("command"));
    EXPECT_THAT(parse({"-2"}).problem, HasSubstr("command"));
    EXPECT_THAT(parse({"-j"}).problem, HasSubstr("needs a value"));
    EXPECT_THAT(parse({"-j", "4-1", "make"}).problem, HasSubstr("4-1"));
    EXPECT_THAT(parse({"-z", "make"}).problem, HasSubstr("argv[0]"));
    EXPECT_THAT(parse({"-m", "4-1", "make"}).problem, HasSubstr("4-1"));
    EXPECT_THAT(parse({"-t"}).problem, HasSubstr("needs a value"));
    for (const char* unknown : {"-0", "-65535", "-x", "--node", "-2x"}) {
        EXPECT_THAT(parse({unknown, "make"}).problem, HasSubstr("unknown option")) << unknown;
    }
}

TEST(ProcessTable, HasAWordInEveryColumn) {
    const nlohmann::json away = {{"pid", 4711}, {"home", 1},    {"node", 2},     {"state", "away"},
                                 {"moves", 3},  {"reason", ""}, {"name", "sort"}};
    ProcessRow row = to_row(away, false);
    row.user = "me";
    row.seconds = 3723;
    EXPECT_EQ(to_table({row}),
              " PID  HOME  NODE  STATE  MOVES  CANTMOVE  USER     TIME  COMMAND\n"
              "4711  1     2     away       3  -         me    1:02:03  sort\n");
}

TEST(ProcessTable, NamesTheHomeOfGuests) {
    const nlohmann::json guest = {{"pid", 5}, {"home", 1}, {"home_pid", 4711}, {"node", 2}, {"state", "guest"}};
    const ProcessRow row = to_row(guest, true);
    EXPECT_EQ(row.home, "1:4711");
    EXPECT_EQ(row.node, "2");
}

TEST(ProcessTable, ShowsNamesWithoutHarm) {
    ProcessRow row;
    row.command = "\x1b[2J\n";
    EXPECT_THAT(to_table({row}), HasSubstr("\\x1b[2J\\x0a"));
}

TEST(ProcessorTime, IsShownAsPsDoes) {
    EXPECT_EQ(to_time(0), "0:00");
    EXPECT_EQ(to_time(59), "0:59");
    EXPECT_EQ(to_time(3599), "59:59");
    EXPECT_EQ(to_time(360000), "100:00:00");
}

}  // namespace
}  // namespace openmosix
