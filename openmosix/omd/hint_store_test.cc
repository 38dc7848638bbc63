// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/hint_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "common/file.h"
#include "common/temporary_folder.h"

namespace openmosix {
namespace {
namespace hint_store {

using testing::HasSubstr;

const Requester root{.user = 0, .group = 0, .groups = {}};

/// A child that only waits; killed in the end.
class Child {
public:
    Child() : pid_(::fork()) {
        while (pid_ == 0) {
            ::pause();
        }
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    Child(Child&&) = delete;
    Child& operator=(Child&&) = delete;
    ~Child() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    [[nodiscard]] pid_t pid() const { return pid_; }

private:
    pid_t pid_;
};

MoveHints locked() {
    MoveHints hints;
    hints.lock = MoveLock::on;
    return hints;
}

TEST(HintStore, PassesHintsOnToChildren) {
    const clusterdisc::TemporaryFolder folder;
    const HintStore store(folder.path("hints"));
    const Child child;
    EXPECT_EQ(store.hints_of(child.pid()).lock, MoveLock::off);
    EXPECT_THAT(store.set({.pid = ::getpid(), .hints = locked()}, root), HasSubstr("\"lock\":\"on\""));
    EXPECT_EQ(store.hints_of(child.pid()).lock, MoveLock::on);
    EXPECT_EQ(store.hints_of(child.pid()).job, JobKind::unknown);
    MoveHints own;
    own.lock = MoveLock::off;
    own.job = JobKind::cpu;
    EXPECT_THAT(store.set({.pid = child.pid(), .hints = own}, root), HasSubstr("\"ok\":true"));
    EXPECT_EQ(store.hints_of(child.pid()).lock, MoveLock::off);
    EXPECT_EQ(store.hints_of(::getpid()).job, JobKind::unknown);
    // As after an omd that was started again.
    EXPECT_EQ(HintStore(folder.path("hints")).hints_of(child.pid()).job, JobKind::cpu);
}

TEST(HintStore, ForgetsProcessesThatHaveEnded) {
    const clusterdisc::TemporaryFolder folder;
    const HintStore store(folder.path("hints"));
    pid_t pid = 0;
    {
        const Child child;
        pid = child.pid();
        static_cast<void>(store.set({.pid = pid, .hints = locked()}, root));
        EXPECT_TRUE(std::filesystem::exists(folder.path("hints") + '/' + std::to_string(pid) + ".json"));
    }
    EXPECT_THAT(store.set({.pid = pid, .hints = locked()}, root), HasSubstr("no such process"));
    static_cast<void>(store.set({.pid = ::getpid(), .hints = locked()}, root));
    EXPECT_FALSE(std::filesystem::exists(folder.path("hints") + '/' + std::to_string(pid) + ".json"));
}

TEST(HintStore, IsForThoseWhoMayMoveTheProcess) {
    const clusterdisc::TemporaryFolder folder;
    const HintStore store(folder.path("hints"));
    const Requester other{.user = ::getuid() + 1, .group = 1, .groups = {}};
    EXPECT_THAT(store.set({.pid = ::getpid(), .hints = locked()}, other), HasSubstr("may not move it"));
    EXPECT_THAT(store.set({.pid = ::getpid(), .hints = {}}, other), HasSubstr("\"lock\":\"off\""));
}

}  // namespace hint_store
}  // namespace
}  // namespace openmosix
