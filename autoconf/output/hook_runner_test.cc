// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/hook_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "common/file.h"
#include "common/temporary_folder.h"

namespace clusterdisc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class HookRunnerTest : public ::testing::Test {
protected:
    void add_hook(const std::string& name, const std::string& script, mode_t mode = 0755) {
        const std::string path = folder.path(name);
        std::ofstream(path) << "#!/bin/sh\n" << script << '\n';
        ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    }

    /// Runs the hooks until one of them has made the file `done`.
    void run_until_done(const std::vector<MembershipEvent>& events) {
        EventLoop loop;
        HookRunner hooks(loop.get(), folder.path(), "/run/lab");
        for (const MembershipEvent& event : events) {
            hooks.run(event);
        }
        Timer look(loop.get(), [] {});
        look = Timer(loop.get(), [&] {
            if (read("done")) {
                loop.exit(0);
            }
            look.set(EventLoop::now() + std::chrono::milliseconds(5));
        });
        look.set(EventLoop::now());
        loop.run();
    }

    [[nodiscard]] std::optional<std::string> read(const std::string& name) const {
        return read_file(folder.path(name + ".out"), 4096);
    }

    TemporaryFolder folder;
    MembershipEvent join{.kind = MembershipEvent::Kind::join, .id = 7, .address = "10.77.0.7", .name = "pc7"};
};

TEST_F(HookRunnerTest, TellsTheEventByArgumentsAndEnvironment) {
    add_hook("tell",
             "echo \"$@\" $OPENMOSIX_EVENT $OPENMOSIX_NODE $OPENMOSIX_ADDRESS $OPENMOSIX_NAME $OPENMOSIX_RUN_DIR > " +
                 folder.path("done.part") + "; mv " + folder.path("done.part") + ' ' + folder.path("done.out"));
    run_until_done({join});
    EXPECT_EQ(read("done"), "join 7 10.77.0.7 pc7 join 7 10.77.0.7 pc7 /run/lab\n");
}

TEST_F(HookRunnerTest, RunsOneAfterTheOtherByNameAndEventByEvent) {
    add_hook("b-second",
             "echo b $2 >> " + folder.path("order.out") + "; [ $2 != 8 ] || touch " + folder.path("done.out"));
    add_hook("a-first", "echo a $2 >> " + folder.path("order.out") + "; exit 3");
    MembershipEvent other = join;
    other.id = 8;
    run_until_done({join, other});
    EXPECT_EQ(read("order"), "a 7\nb 7\na 8\nb 8\n");
}

TEST_F(HookRunnerTest, LeavesOutWhatOthersCouldHaveWrittenAndWhatIsNoHook) {
    add_hook("fine", "");
    add_hook("unsafe", "", 0777);
    add_hook("not-executable", "", 0644);
    add_hook("README.txt", "");
    std::vector<std::string> problems;
    EXPECT_THAT(hook_programs(folder.path(), problems), ElementsAre(folder.path("fine")));
    EXPECT_THAT(problems, ElementsAre(HasSubstr("unsafe is not run")));
}

TEST_F(HookRunnerTest, TakesAMissingFolderForAnEmptyOne) {
    std::vector<std::string> problems;
    EXPECT_TRUE(hook_programs(folder.path("none"), problems).empty());
    EXPECT_TRUE(problems.empty());
}

}  // namespace
}  // namespace clusterdisc
