// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracee/agent.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <memory>
#include <stdexcept>

#include "body/call_filter.h"
#include "common/file_descriptor.h"

namespace openmosix {
namespace {

constexpr Abi own_abi = sizeof(void*) == 4 ? Abi::i386 : Abi::amd64;
/// In list_code: what follows the system-call instruction, and how far the breakpoint is behind the program below.
constexpr std::uint64_t after_call = own_abi == Abi::i386 ? 32 : 41;
constexpr std::uint8_t to_breakpoint = 7;

class AgentTest : public testing::Test {
protected:
    void SetUp() override {
        // Both have it at one address.
        area_ = ::mmap(nullptr, agent_area::size, PROT_READ | PROT_WRITE | PROT_EXEC,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        ASSERT_NE(area_, MAP_FAILED);
        std::array<int, 2> ends{};
        ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        reader_ = clusterdisc::FileDescriptor(ends[0]);
        writer_ = clusterdisc::FileDescriptor(ends[1]);
        std::array<int, 2> ready{};
        ASSERT_EQ(::pipe2(ready.data(), O_CLOEXEC), 0);
        auto filter = call_filter(own_abi, {SYS_pause, SYS_read, SYS_write, SYS_exit_group});
        pid_ = ::fork();
        ASSERT_NE(pid_, -1);
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
            const bool is_confined =
                ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::syscall(SYS_seccomp, 1, 0, &program) == 0;
            ::syscall(SYS_write, ready[1], is_confined ? "y" : "n", 1);
            for (;;) {
                ::syscall(SYS_pause);
            }
        }
        const clusterdisc::FileDescriptor ready_reader(ready[0]);
        { const clusterdisc::FileDescriptor ready_writer(ready[1]); }
        char answer = 'n';
        ASSERT_EQ(::read(ready_reader.number(), &answer, 1), 1);
        ASSERT_EQ(answer, 'y');
        tracee_ = std::make_unique<Tracee>(pid_, true);
        ASSERT_TRUE(tracee_->stop());
        memory_ = std::make_unique<MemoryFile>(pid_);
        agent_ = std::make_unique<Agent>(*tracee_, *memory_, tracee_->registers(), address());
    }
    void TearDown() override {
        ::kill(pid_, SIGKILL);
        tracee_.reset();
        ::waitpid(pid_, nullptr, __WALL);
        ::munmap(area_, agent_area::size);
    }
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
    std::uint64_t address() const { return reinterpret_cast<std::uintptr_t>(area_); }

    void* area_ = nullptr;
    pid_t pid_ = -1;
    clusterdisc::FileDescriptor reader_;
    clusterdisc::FileDescriptor writer_;
    std::unique_ptr<Tracee> tracee_;
    std::unique_ptr<MemoryFile> memory_;
    std::unique_ptr<Agent> agent_;
};

TEST_F(AgentTest, MakesItsCallsThroughAFilter) {
    std::array<InjectedCall, 3> calls{{{SYS_getpid, {}}, {SYS_read, {~std::uint64_t{0}}}, {SYS_getppid, {}}}};
    agent_->run(calls);
    EXPECT_EQ(calls[0].result, pid_);
    EXPECT_EQ(calls[1].result, -EBADF);
    EXPECT_EQ(calls[2].result, ::getpid());
}

TEST_F(AgentTest, WritesItsCodeAnew) {
    const std::array<std::uint8_t, 2> undefined_instruction{0x0f, 0x0b};
    ASSERT_TRUE(memory_->write(address() + agent_area::list_code_offset, undefined_instruction));
    EXPECT_EQ(agent_->call("getppid", SYS_getppid), ::getpid());
}

TEST_F(AgentTest, KillsWhatMakesAnotherCall) {
    // The first call puts code behind itself that makes another one, and goes on to the breakpoint.
    constexpr std::array<std::uint8_t, 2> instruction =
        own_abi == Abi::i386 ? std::array<std::uint8_t, 2>{0xcd, 0x80} : std::array<std::uint8_t, 2>{0x0f, 0x05};
    const std::array<std::uint8_t, 9> code{0xb8, SYS_getuid,   0, 0, 0, instruction[0], instruction[1],
                                           0xeb, to_breakpoint};
    ASSERT_EQ(::write(writer_.number(), code.data(), code.size()), static_cast<ssize_t>(code.size()));
    std::array<InjectedCall, 2> calls{{{SYS_read,
                                        {static_cast<std::uint64_t>(reader_.number()),
                                         address() + agent_area::list_code_offset + after_call, code.size()}},
                                       {SYS_getppid, {}}}};
    ASSERT_THROW(agent_->run(calls), std::runtime_error);
    const Stop stop = tracee_->wait();
    EXPECT_EQ(stop.kind, Stop::Kind::ended);
    EXPECT_TRUE(WIFSIGNALED(stop.status));
    EXPECT_EQ(WTERMSIG(stop.status), SIGKILL);
}

}  // namespace
}  // namespace openmosix
