// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>

namespace openmosix::monitor {
namespace {

using testing::HasSubstr;
using testing::Not;
using Page = Session::Page;

constexpr ScreenSize usual_size{.rows = 24, .columns = 80};

/// Processes 1 to `count`, of which the first has used most.
ProcessModel processes_of(pid_t count) {
    std::vector<ProcessSample> samples;
    for (pid_t pid = 1; pid <= count; ++pid) {
        samples.push_back({.key = {.pid = pid, .start_time = 1},
                           .name = "job" + std::to_string(pid),
                           .user = "alice",
                           .used_ticks = 0});
    }
    ProcessModel model;
    model.take({}, samples, {.own = 1, .milliseconds = 1000});
    return model;
}

Session session_at(Page page, ScreenSize size = usual_size) {
    Session session({}, page, false);
    session.resize(size);
    session.take_cluster({{"own", 1}, {"nodes", {{{"node", 1}, {"load", 250}}, {{"node", 2}, {"load", 0}}}}});
    session.take_processes(processes_of(50));
    return session;
}

/// The last action.
Session::Action type(Session& session, std::string_view keys) {
    Session::Action action;
    for (const char key : keys) {
        action = session.press(key);
    }
    return action;
}

std::string picture(const Session& session) {
    return session.draw().text();
}

pid_t selected_pid(const Session& session) {
    const auto selected = session.selected();
    return selected ? selected->facts.key.pid : 0;
}

TEST(Sessions, ShowNodesAndProcesses) {
    Session session = session_at(Page::nodes);
    EXPECT_THAT(picture(session), HasSubstr("openMosix load, node 1, 2 of 2 up\n"));
    type(session, "\t");
    EXPECT_EQ(session.page(), Page::processes);
    EXPECT_THAT(picture(session), HasSubstr("50 processes by CPU, 0 away, 0 guests\n"));
    type(session, "\t");
    EXPECT_EQ(session.page(), Page::nodes);
}

TEST(Sessions, MoveTheSelectedProcess) {
    Session session = session_at(Page::processes);
    session.press(key_down);
    session.press(key_down);
    EXPECT_EQ(selected_pid(session), 2);
    type(session, "m");
    EXPECT_THAT(picture(session), HasSubstr("Move 2 (job2) to node (or home, best):\n"));
    EXPECT_TRUE(session.draw().cursor());
    const ProcessKey second{.pid = 2, .start_time = 1};
    EXPECT_EQ(std::get<Session::Move>(type(session, "17\n")), (Session::Move{.process = second, .to = "17"}));
    EXPECT_EQ(std::get<Session::Move>(type(session, "mbest\n")), (Session::Move{.process = second, .to = "balance"}));
    EXPECT_EQ(std::get<Session::Move>(type(session, "h")), (Session::Move{.process = second, .to = "home"}));
    EXPECT_EQ(std::get<Session::Move>(type(session, "b")), (Session::Move{.process = second, .to = "balance"}));
    EXPECT_EQ(std::get<Session::ToggleLock>(type(session, "l")), Session::ToggleLock{second});
}

TEST(Sessions, MoveNothingByMistake) {
    Session session = session_at(Page::processes);
    for (const char* keys : {"m", "h", "b", "l", "\n"}) {
        EXPECT_TRUE(std::holds_alternative<std::monostate>(type(session, keys))) << keys;
        EXPECT_THAT(picture(session), HasSubstr("Choose a process"));
    }
    session.press(key_down);
    EXPECT_TRUE(std::holds_alternative<std::monostate>(type(session, "mq7\n")));
    EXPECT_THAT(picture(session), HasSubstr("q7 is no node"));
    for (const char* keys : {"m7\x1b", "m\n", "m\x7f"}) {
        EXPECT_TRUE(std::holds_alternative<std::monostate>(type(session, keys))) << keys;
    }
    session.take_processes(processes_of(0));
    EXPECT_EQ(selected_pid(session), 0);
    EXPECT_TRUE(std::holds_alternative<std::monostate>(type(session, "h")));
}

TEST(Sessions, MoveWhomTheQuestionWasAbout) {
    Session session = session_at(Page::processes);
    session.press(key_down);
    type(session, "m");
    session.take_processes(processes_of(0));
    EXPECT_EQ(std::get<Session::Move>(type(session, "2\n")).process.pid, 1);
}

TEST(Sessions, KeepWhatIsSelectedWhenTheOrderChanges) {
    Session session = session_at(Page::processes);
    session.press(key_end);
    session.press(key_end);
    EXPECT_EQ(selected_pid(session), 50);
    EXPECT_THAT(picture(session), HasSubstr("job50"));
    type(session, "ssss");
    EXPECT_THAT(picture(session), HasSubstr("50 processes by PID"));
    EXPECT_EQ(selected_pid(session), 50);
    session.press(key_page_up);
    EXPECT_EQ(selected_pid(session), 29);
    session.press(key_home);
    EXPECT_EQ(selected_pid(session), 1);
    session.press(key_up);
    EXPECT_EQ(selected_pid(session), 1);
    type(session, "a");
    EXPECT_EQ(selected_pid(session), 0);
    EXPECT_THAT(picture(session), HasSubstr("None is away, none is a guest"));
    type(session, "a");
    EXPECT_EQ(selected_pid(session), 1);
    session.take_processes(processes_of(0));
    session.take_processes(processes_of(2));
    session.press(key_down);
    session.press(key_down);
    EXPECT_EQ(selected_pid(session), 2);
}

TEST(Sessions, KeepTheSelectionOnTheScreen) {
    for (std::size_t rows = Session::min_size.rows; rows < 30; ++rows) {
        Session session = session_at(Page::processes, {.rows = rows, .columns = 40});
        for (int count = 0; count < 60; ++count) {
            session.press(count < 40 ? key_down : key_page_up);
            const auto visible = session.visible_processes();
            EXPECT_NE(std::ranges::find(visible, session.selected()->facts.key, &ProcessFacts::key), visible.end());
        }
    }
}

TEST(Sessions, ShowAllAboutAProcess) {
    Session session = session_at(Page::processes);
    session.press(key_down);
    type(session, "\n");
    EXPECT_TRUE(session.shows_details());
    const ProcessKey first{.pid = 1, .start_time = 1};
    session.set_why(first, "  no decision yet\n");
    session.set_lock(first, true);
    session.set_reason(first, "threads: it has 2");
    EXPECT_THAT(picture(session), HasSubstr("Process 1: job1\n"));
    EXPECT_THAT(picture(session), HasSubstr("no decision yet"));
    EXPECT_THAT(picture(session), HasSubstr("locked  yes"));
    EXPECT_TRUE(std::holds_alternative<Session::Move>(type(session, "h")));
    type(session, " ");
    EXPECT_FALSE(session.shows_details());
    EXPECT_THAT(picture(session), HasSubstr(" L threads "));
    type(session, "\n");
    session.set_why({.pid = 2, .start_time = 1}, "of another one");
    EXPECT_THAT(picture(session), Not(HasSubstr("of another one")));
    session.take_processes(processes_of(0));
    EXPECT_FALSE(session.shows_details());
}

TEST(Sessions, ScrollTexts) {
    Session session = session_at(Page::nodes, Session::min_size);
    type(session, "?");
    EXPECT_THAT(picture(session), HasSubstr("Nodes\n"));
    for (int count = 0; count < 100; ++count) {
        session.press(key_down);
    }
    EXPECT_THAT(picture(session), HasSubstr("10000."));
    for (int count = 0; count < 100; ++count) {
        session.press(key_up);
    }
    EXPECT_THAT(picture(session), HasSubstr("Nodes\n"));
}

TEST(Sessions, FindProcesses) {
    Session session = session_at(Page::processes);
    type(session, "/42\n");
    EXPECT_EQ(selected_pid(session), 42);
    EXPECT_THAT(picture(session), HasSubstr("job42"));
    type(session, "/job7\n");
    EXPECT_EQ(selected_pid(session), 7);
    type(session, "/none\n");
    EXPECT_THAT(picture(session), HasSubstr("none is neither the number nor in the name of a process"));
    EXPECT_EQ(selected_pid(session), 7);
}

TEST(Sessions, StartAtANode) {
    Session session = session_at(Page::nodes);
    type(session, "+2\n");
    EXPECT_THAT(session.draw().row_text(22), Not(HasSubstr("1")));
    EXPECT_THAT(session.draw().row_text(22), HasSubstr("2"));
    type(session, "+x\n");
    EXPECT_THAT(picture(session), HasSubstr("x is no node: a number from 1 to 65534\n"));
}

TEST(Sessions, SayThatOmdIsNotThere) {
    Session session = session_at(Page::nodes);
    session.set_problem("omd does not answer");
    EXPECT_THAT(picture(session), HasSubstr("omd does not answer\nWaiting for it.\n"));
    EXPECT_THAT(picture(session), Not(HasSubstr("up\n")));
    type(session, "p");
    EXPECT_THAT(picture(session), HasSubstr("job1\n"));
    EXPECT_EQ(session.draw().row_text(23), "omd does not answer");
    session.set_problem("");
    EXPECT_THAT(session.draw().row_text(23), HasSubstr("q quit"));
}

TEST(Sessions, ShowMessagesUntilTheNextKey) {
    Session session = session_at(Page::processes);
    session.say(std::string(100, 'x') + " y");
    EXPECT_EQ(session.draw().row_text(22), std::string(80, 'x'));
    EXPECT_EQ(session.draw().row_text(23), std::string(20, 'x') + " y");
    session.press(key_down);
    EXPECT_THAT(session.draw().row_text(23), HasSubstr("q quit"));
}

TEST(Sessions, SayThatAScreenIsTooSmall) {
    Session session = session_at(Page::nodes);
    for (std::size_t rows = 0; rows < 12; ++rows) {
        for (std::size_t columns = 0; columns < 45; ++columns) {
            session.resize({.rows = rows, .columns = columns});
            const bool is_large = rows >= Session::min_size.rows && columns >= Session::min_size.columns;
            EXPECT_EQ(picture(session).find("q quit") != std::string::npos, is_large);
            type(session, "?jm\t\nm2\n \t");
        }
    }
    session.resize({.rows = 3, .columns = 30});
    EXPECT_EQ(session.draw().row_text(0), "too small: 30x8 needed");
}

TEST(Sessions, EndAndDrawAnew) {
    Session session = session_at(Page::nodes);
    EXPECT_TRUE(std::holds_alternative<Session::Repaint>(session.press(key_redraw)));
    for (const char* keys : {"q", "?q", "\tq"}) {
        EXPECT_TRUE(std::holds_alternative<Session::Quit>(type(session, keys)));
    }
}

}  // namespace
}  // namespace openmosix::monitor
