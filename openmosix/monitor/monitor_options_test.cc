// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/monitor_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace openmosix::monitor {
namespace {

using testing::HasSubstr;
using Action = MonitorOptions::Action;

MonitorOptions parse_words(std::vector<std::string> words) {
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) {
        arguments.push_back(word.data());
    }
    // As main() has it.
    arguments.push_back(nullptr);
    return parse_monitor_options(std::span(arguments).first(words.size()));
}

TEST(MosmonOptions, AreThoseOfOpenMosix) {
    const MonitorOptions usual = parse_words({"/usr/bin/mosmon"});
    EXPECT_EQ(usual.problem, "");
    EXPECT_EQ(usual.first, Session::Page::nodes);
    EXPECT_EQ(usual.chart, ChartSettings());
    const MonitorOptions options = parse_words({"mosmon", "-wmdt", "-F", "2.4.26", "+17", "--run-dir", "/r"});
    EXPECT_EQ(options.problem, "");
    EXPECT_EQ(options.chart, (ChartSettings{.figure = ChartSettings::Figure::memory,
                                            .spacing = ChartSettings::Spacing::wide,
                                            .shows_dead = true,
                                            .shows_totals = true,
                                            .first = 17}));
    EXPECT_EQ(options.run_folder, "/r");
    for (const char* word : {"-h", "-H", "--help"}) {
        EXPECT_EQ(parse_words({"mosmon", word}).action, Action::show_help);
    }
}

TEST(MtopOptions, AreThoseThatScriptsUse) {
    const MonitorOptions options = parse_words({"mtop", "-d", "1.5", "-a", "--run-dir", "/r"});
    EXPECT_EQ(options.problem, "");
    EXPECT_EQ(options.first, Session::Page::processes);
    EXPECT_EQ(options.pause, std::chrono::milliseconds(1500));
    EXPECT_FALSE(options.only_moved);
    EXPECT_TRUE(parse_words({"mtop", "--moved"}).only_moved);
    const MonitorOptions batch = parse_words({"mtop", "-b", "-n", "3"});
    EXPECT_EQ(batch.action, Action::print);
    EXPECT_EQ(batch.count, 3U);
    EXPECT_EQ(parse_words({"mtop", "--version"}).action, Action::show_version);
}

TEST(MonitorOptionProblems, NameWhatIsWrong) {
    EXPECT_THAT(parse_words({"mosmon", "-x"}).problem, HasSubstr("-x"));
    EXPECT_THAT(parse_words({"mosmon", "17"}).problem, HasSubstr("17"));
    EXPECT_THAT(parse_words({"mosmon", "+0"}).problem, HasSubstr("+0"));
    EXPECT_THAT(parse_words({"mtop", "+1"}).problem, HasSubstr("+1"));
    EXPECT_THAT(parse_words({"mtop", "-d", "x"}).problem, HasSubstr("x is no number of seconds"));
    EXPECT_THAT(parse_words({"mtop", "-d", "nan"}).problem, HasSubstr("nan"));
    EXPECT_THAT(parse_words({"mtop", "-b", "-n", "0"}).problem, HasSubstr("0 is no number"));
    EXPECT_THAT(parse_words({"mtop", "-n", "1"}).problem, HasSubstr("-b"));
    EXPECT_THAT(parse_words({"mtop", "--json"}).problem, HasSubstr("mps --json"));
    EXPECT_THAT(parse_words({"mosmon", "--delay"}).problem, HasSubstr("--delay"));
}

}  // namespace
}  // namespace openmosix::monitor
