// SPDX-License-Identifier: GPL-2.0-or-later
#include "init.h"

#include <gmock/gmock.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include "common/temporary_folder.h"

namespace clusterdisc {
namespace {

using std::chrono::milliseconds;
using testing::StartsWith;

std::string content(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

ServiceOptions shell(const std::string& name, const std::string& script) {
    return {.name = name, .child = {.command = {"/bin/sh", "-c", script}}};
}

class InitTest : public testing::Test {
protected:
    [[nodiscard]] std::string path(const std::string& name) const { return folder_.path() + "/" + name; }

    /// Ends INIT once the file has at least so many lines.
    void end_when(Init& init, const std::string& file, std::size_t lines) {
        watcher_ = std::thread([this, file, lines] {
            while (std::ranges::count(content(file), '\n') < static_cast<std::ptrdiff_t>(lines)) {
                std::this_thread::sleep_for(milliseconds(5));
            }
            const std::uint64_t one = 1;
            ASSERT_EQ(::write(wake_up_, &one, sizeof(one)), static_cast<ssize_t>(sizeof(one)));
        });
        FileDescriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
        wake_up_ = event.number();
        init.watch({std::move(event), [&init](int number) {
                        std::uint64_t count = 0;
                        ASSERT_EQ(::read(number, &count, sizeof(count)), static_cast<ssize_t>(sizeof(count)));
                        init.end(Ending::power_off);
                    }});
    }

    void TearDown() override {
        if (watcher_.joinable()) {
            watcher_.join();
        }
    }

private:
    TemporaryFolder folder_;
    std::atomic<int> wake_up_{-1};
    std::thread watcher_;
};

TEST_F(InitTest, StartsAgainWhatEnds) {
    Init init({shell("short", "echo started >>" + path("log"))});
    end_when(init, path("log"), 3);
    EXPECT_EQ(init.run(), Ending::power_off);
    EXPECT_THAT(content(path("log")), StartsWith("started\nstarted\nstarted\n"));
}

TEST_F(InitTest, TriesAgainWhatCannotBeExecuted) {
    const std::string program = path("program");
    // Started after the first, so the program is not there at the first try.
    const std::string make = "printf '#!/bin/sh\\necho here >>" + path("log") + "\\n' >" + path("part") +
                             "; chmod +x " + path("part") + "; mv " + path("part") + " " + program + "; exec sleep 60";
    Init init({{.name = "late", .child = {.command = {program}}}, shell("maker", make)});
    end_when(init, path("log"), 1);
    init.run();
    EXPECT_THAT(content(path("log")), StartsWith("here\n"));
}

TEST_F(InitTest, StopsTheLastFirstAndRunsItsPreparationBefore) {
    const auto lasting = [this](const std::string& name) {
        return shell(name, "trap 'echo " + name + " ended >>" + path("log") + "; exit' TERM; echo " + name + " up >>" +
                               path("log") + "; while :; do sleep 0.02; done");
    };
    ServiceOptions second = lasting("second");
    second.before_stop = {"/bin/sh", "-c", "echo preparing >>" + path("log") + "; kill -0 $PPID"};
    second.max_before_stop = milliseconds(10'000);
    Init init({lasting("first"), second});
    end_when(init, path("log"), 2);
    init.run();
    EXPECT_THAT(content(path("log")), testing::EndsWith("preparing\nsecond ended\nfirst ended\n"));
}

TEST_F(InitTest, KillsWhatDoesNotEndAndAPreparationThatTakesTooLong) {
    ServiceOptions stubborn =
        shell("stubborn", "trap '' TERM; echo up >>" + path("log") + "; while :; do sleep 0.02; done");
    stubborn.before_stop = {"/bin/sh", "-c", "while :; do sleep 0.02; done"};
    stubborn.max_before_stop = milliseconds(50);
    stubborn.max_stop = milliseconds(50);
    Init init({stubborn});
    end_when(init, path("log"), 1);
    const auto begin = Clock::now();
    init.run();
    EXPECT_LT(Clock::now() - begin, milliseconds(20'000));
}

TEST_F(InitTest, ReapsProcessesThatAreNotItsServices) {
    // The child of a child that has ended becomes the first process's own.
    ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    Init init({shell("parent", "(sh -c 'echo $$ >>" + path("log") + "' &); exec sleep 60")});
    end_when(init, path("log"), 1);
    init.run();
    const pid_t orphan = std::stoi(content(path("log")));
    // What is left over after run() is taken here; there is none of it, or it has just ended.
    while (::waitpid(-1, nullptr, 0) > 0) {
    }
    EXPECT_EQ(::kill(orphan, 0), -1);
}

TEST_F(InitTest, SigtermSwitchesOffAndSigintStartsAgain) {
    for (const auto& [signal, ending] : {std::pair(SIGTERM, Ending::power_off), std::pair(SIGINT, Ending::restart)}) {
        Init init({shell("lasting", "exec sleep 60")});
        // It is blocked and read by run().
        ASSERT_EQ(::kill(::getpid(), signal), 0);
        EXPECT_EQ(init.run(), ending);
    }
}

TEST_F(InitTest, ForgetsAFileWhoseHandlerThrows) {
    Init init({shell("lasting", "echo up >>" + path("log") + "; exec sleep 60")});
    FileDescriptor always_ready(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
    int calls = 0;
    init.watch({std::move(always_ready), [&calls](int) {
                    ++calls;
                    throw std::runtime_error("the device has gone");
                }});
    end_when(init, path("log"), 1);
    init.run();
    EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace clusterdisc
