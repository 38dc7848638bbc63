// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/process_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "monitor/process_details.h"
#include "monitor/process_table.h"

namespace openmosix::monitor {
namespace {

using testing::HasSubstr;
using Place = ProcessFacts::Place;

constexpr ProcessModel::Moment first_moment{.own = 1, .milliseconds = 100'000};
constexpr ProcessModel::Moment second_moment{.own = 1, .milliseconds = 102'000};

ProcessSample sample_of(pid_t pid, std::uint64_t ticks) {
    return {.key = {.pid = pid, .start_time = 5000}, .name = "awk", .user = "alice", .used_ticks = ticks};
}

nlohmann::json away_list(std::uint64_t nanoseconds) {
    return {{"processes",
             {{{"pid", 10},
               {"home", 1},
               {"node", 2},
               {"state", "away"},
               {"moves", 3},
               {"name", "awk"},
               {"since", 65},
               {"reason", ""},
               {"user_elsewhere", nanoseconds},
               {"system_elsewhere", 0}}}},
            {"guests", {{{"pid", 11}, {"home", 7}, {"home_pid", 4711}, {"node", 1}, {"state", "guest"}}}}};
}

std::vector<pid_t> pids_of(const std::vector<ProcessFacts>& processes) {
    std::vector<pid_t> pids;
    pids.reserve(processes.size());
    for (const ProcessFacts& facts : processes) {
        pids.push_back(facts.key.pid);
    }
    return pids;
}

TEST(ProcessModels, SayWhereProcessesAreAndSinceWhen) {
    ProcessModel model;
    model.take(away_list(0), std::vector{sample_of(9, 0), sample_of(10, 0), sample_of(11, 0)}, first_moment);
    const auto processes = model.sorted(ProcessOrder::pid, false);
    ASSERT_EQ(pids_of(processes), (std::vector<pid_t>{9, 10, 11}));
    EXPECT_EQ(processes[0].place, Place::here);
    EXPECT_EQ(processes[0].node, 1);
    EXPECT_EQ(processes[0].seconds_there, 50U);
    EXPECT_EQ(processes[1].place, Place::away);
    EXPECT_EQ(processes[1].node, 2);
    EXPECT_EQ(processes[1].seconds_there, 35U);
    EXPECT_EQ(processes[1].moves, 3U);
    EXPECT_EQ(processes[2].place, Place::guest);
    EXPECT_EQ(processes[2].home, 7);
    EXPECT_EQ(processes[2].home_pid, 4711U);
    EXPECT_EQ(pids_of(model.sorted(ProcessOrder::pid, true)), (std::vector<pid_t>{10, 11}));
}

TEST(ProcessModels, MeasureTheUseOfProcessors) {
    ProcessModel model;
    model.take({}, std::vector{sample_of(9, 100)}, first_moment);
    EXPECT_EQ(model.sorted(ProcessOrder::pid, false)[0].percent, 0);
    model.take({}, std::vector{sample_of(9, 200)}, second_moment);
    EXPECT_EQ(model.sorted(ProcessOrder::pid, false)[0].percent, 50);
    EXPECT_EQ(model.sorted(ProcessOrder::pid, false)[0].used_milliseconds, 2000U);
    model.take({}, std::vector{sample_of(9, 200)}, {.own = 1, .milliseconds = 103'000});
    EXPECT_EQ(model.sorted(ProcessOrder::pid, false)[0].percent, 0);
}

TEST(ProcessModels, BridgeTheSilenceOfOtherNodes) {
    const std::vector samples = {sample_of(10, 0)};
    ProcessModel model;
    model.take(away_list(0), samples, first_moment);
    model.take(away_list(1'000'000'000), samples, second_moment);
    for (const std::uint64_t milliseconds : {103'000U, 120'000U}) {
        model.take(away_list(1'000'000'000), samples, {.own = 1, .milliseconds = milliseconds});
        EXPECT_EQ(model.sorted(ProcessOrder::pid, false)[0].percent, 50);
    }
    model.take(away_list(1'000'000'000), samples, {.own = 1, .milliseconds = 130'000});
    EXPECT_EQ(model.sorted(ProcessOrder::pid, false)[0].percent, 0);
}

TEST(ProcessModels, CountNoTimeTwice) {
    ProcessModel model;
    model.take(away_list(1'000'000'000), std::vector{sample_of(10, 100)},
               {.own = 1, .milliseconds = 100'000, .ticks_per_second = 100, .has_time_of_all_nodes = true});
    EXPECT_EQ(model.sorted(ProcessOrder::pid, false)[0].used_milliseconds, 1000U);
}

TEST(ProcessModels, ForgetAProcessWhoseNumberIsUsedAgain) {
    ProcessModel model;
    model.take({}, std::vector{sample_of(9, 100)}, first_moment);
    ProcessSample other = sample_of(9, 300);
    other.key.start_time = 6000;
    model.take({}, std::vector{other}, second_moment);
    EXPECT_EQ(model.sorted(ProcessOrder::pid, false)[0].percent, 0);
}

TEST(ProcessModels, HaveEveryOrder) {
    ProcessModel model;
    std::vector samples = {sample_of(9, 0), sample_of(10, 0), sample_of(11, 0)};
    samples[2].user = "Bob";
    model.take(away_list(0), samples, first_moment);
    samples[0].used_ticks = 10;
    samples[2].used_ticks = 20;
    model.take(away_list(0), samples, second_moment);
    EXPECT_EQ(pids_of(model.sorted(ProcessOrder::processor_use, false)), (std::vector<pid_t>{11, 9, 10}));
    EXPECT_EQ(pids_of(model.sorted(ProcessOrder::processor_time, false)), (std::vector<pid_t>{11, 9, 10}));
    EXPECT_EQ(pids_of(model.sorted(ProcessOrder::node, false)), (std::vector<pid_t>{9, 11, 10}));
    EXPECT_EQ(pids_of(model.sorted(ProcessOrder::user, false)), (std::vector<pid_t>{11, 9, 10}));
    EXPECT_EQ(pids_of(model.sorted(ProcessOrder::pid, false)), (std::vector<pid_t>{9, 10, 11}));
}

TEST(ProcessModels, TakeAnyList) {
    ProcessModel model;
    for (const char* text : {R"({"processes":7,"guests":{"a":1}})", R"({"processes":[1,null,{"pid":"x"}]})",
                             R"({"processes":[{"pid":9,"state":4,"node":-3,"since":99999999999,"moves":"many"}]})"}) {
        model.take(nlohmann::json::parse(text), std::vector{sample_of(9, 0)}, first_moment);
        EXPECT_EQ(pids_of(model.sorted(ProcessOrder::node, false)), std::vector<pid_t>{9});
    }
}

TableRow away_row() {
    ProcessModel model;
    model.take(away_list(62'000'000'000), std::vector{sample_of(10, 0)}, first_moment);
    return {.facts = model.sorted(ProcessOrder::pid, false)[0], .reason = "", .is_locked = true};
}

TEST(ProcessTables, HaveTheColumnsThatHaveRoom) {
    EXPECT_EQ(table_heading(132), "    PID USER       NODE STATE   %CPU     TIME  SINCE MOVES L WHY        COMMAND");
    EXPECT_EQ(table_line(away_row(), 132),
              "     10 alice         2 away       0     1:02    35s     3 L -          awk");
    EXPECT_EQ(table_heading(40), "    PID USER       NODE  %CPU L COMMAND");
    EXPECT_EQ(table_line(away_row(), 40), "     10 alice         2     0 L awk");
    EXPECT_EQ(table_heading(1), "    PID  NODE COMMAND");
}

TEST(ProcessTables, ShowTextsWithoutHarm) {
    TableRow row = away_row();
    row.facts.name = "\x1b[2J";
    row.facts.user = std::string(100, 'u');
    row.reason = "threads: it has 2";
    EXPECT_EQ(table_line(row, 132), "     10 uuuuuuuuu     2 away       0     1:02    35s     3 L threads    \\x1b[2J");
}

TEST(ProcessTables, NameTheHomeOfGuests) {
    ProcessFacts guest;
    guest.place = Place::guest;
    guest.home = 7;
    guest.home_pid = 4711;
    EXPECT_EQ(owner_of(guest), "7:4711");
}

TEST(ProcessDetails, SayEverything) {
    TableRow row = away_row();
    row.reason = "threads: it has 2\nlocked: \x07";
    const std::string text = process_details(row, "process 10 of node 1:\n");
    for (const char* part : {"Process 10: awk\n", "whose   alice\n", "home    this node, 1\n", "moves   3\n",
                             "where   on node 2 since 35s\n", "uses    0% of a processor, 1:02 in all\n", "locked  yes",
                             "  threads: it has 2\n  locked: \\x07\n", "process 10 of node 1:\n"}) {
        EXPECT_THAT(text, HasSubstr(part));
    }
    row.facts.place = Place::guest;
    row.facts.home_pid = 4711;
    row.is_locked.reset();
    EXPECT_THAT(process_details(row, ""), HasSubstr("home    node 1, where it is process 4711\n"));
    EXPECT_THAT(process_details(row, ""), HasSubstr("locked  not known\n"));
}

}  // namespace
}  // namespace openmosix::monitor
