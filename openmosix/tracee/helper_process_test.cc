// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracee/helper_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <system_error>

#include "common/file_descriptor.h"

namespace openmosix {
namespace {

/// A process whose table of descriptors is full; stopped.
class HelperProcessTest : public testing::Test {
protected:
    static constexpr rlim_t max_descriptors = 32;

    void SetUp() override {
        area_ = ::mmap(nullptr, agent_area::size, PROT_READ | PROT_WRITE | PROT_EXEC,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        ASSERT_NE(area_, MAP_FAILED);
        std::array<int, 2> ready{};
        ASSERT_EQ(::pipe2(ready.data(), O_CLOEXEC), 0);
        const clusterdisc::FileDescriptor reader(ready[0]);
        clusterdisc::FileDescriptor writer(ready[1]);
        pid_ = ::fork();
        ASSERT_NE(pid_, -1);
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            const rlimit limit{max_descriptors, max_descriptors};
            ::setrlimit(RLIMIT_NOFILE, &limit);
            while (::dup(0) != -1) {
            }
            ::syscall(SYS_write, ready[1], errno == EMFILE ? "y" : "n", 1);
            for (;;) {
                ::syscall(SYS_pause);
            }
        }
        writer = clusterdisc::FileDescriptor();
        char answer = 'n';
        ASSERT_EQ(::read(reader.number(), &answer, 1), 1);
        ASSERT_EQ(answer, 'y');
        tracee_ = std::make_unique<Tracee>(pid_, true);
        ASSERT_TRUE(tracee_->stop());
        memory_ = std::make_unique<MemoryFile>(pid_);
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
        const std::uint64_t address = reinterpret_cast<std::uintptr_t>(area_);
        agent_ = std::make_unique<Agent>(*tracee_, *memory_, tracee_->registers(), address);
    }
    void TearDown() override {
        ::kill(pid_, SIGKILL);
        tracee_.reset();
        ::waitpid(pid_, nullptr, __WALL);
        ::munmap(area_, agent_area::size);
    }
    [[nodiscard]] std::size_t descriptors() const {
        const std::filesystem::directory_iterator list("/proc/" + std::to_string(pid_) + "/fd");
        return static_cast<std::size_t>(std::distance(begin(list), end(list)));
    }

    void* area_ = nullptr;
    pid_t pid_ = -1;
    std::unique_ptr<Tracee> tracee_;
    std::unique_ptr<MemoryFile> memory_;
    std::unique_ptr<Agent> agent_;
};

TEST_F(HelperProcessTest, HasDescriptorsOfItsOwn) {
    const std::size_t count = descriptors();
    EXPECT_THROW(agent_->call("dup", SYS_dup, {0}), std::system_error);
    HelperProcess helper(*tracee_, *agent_, *memory_);
    EXPECT_EQ(helper.agent().call("epoll_create1", SYS_epoll_create1, {0}), 0) << "the first one";
    EXPECT_EQ(descriptors(), count);
}

TEST_F(HelperProcessTest, SharesTheMemory) {
    HelperProcess helper(*tracee_, *agent_, *memory_);
    EXPECT_EQ(helper.agent().call("getpid", SYS_getpid), helper.pid());
    const std::uint64_t place = agent_->scratch();
    helper.agent().call("mprotect", SYS_mprotect, {place, page_size, PROT_NONE});
    std::array<InjectedCall, 1> calls{{{SYS_uname, {place}}}};
    agent_->run(calls);
    EXPECT_EQ(calls[0].result, -EFAULT);
}

TEST_F(HelperProcessTest, IsGoneInTheEnd) {
    pid_t pid = 0;
    {
        HelperProcess helper(*tracee_, *agent_, *memory_);
        pid = helper.pid();
        EXPECT_EQ(::kill(pid, 0), 0);
    }
    EXPECT_EQ(::kill(pid, 0), -1);
    EXPECT_EQ(errno, ESRCH);
    std::array<InjectedCall, 1> calls{{{SYS_wait4, {~std::uint64_t{0}, 0, __WALL, 0}}}};
    agent_->run(calls);
    EXPECT_EQ(calls[0].result, -ECHILD) << "the process has a child";
    EXPECT_EQ(agent_->call("getpid", SYS_getpid), pid_);
}

TEST_F(HelperProcessTest, MayEndByItself) {
    HelperProcess helper(*tracee_, *agent_, *memory_);
    ::kill(helper.pid(), SIGKILL);
    EXPECT_THROW(helper.agent().call("getpid", SYS_getpid), std::exception);
}

}  // namespace
}  // namespace openmosix
