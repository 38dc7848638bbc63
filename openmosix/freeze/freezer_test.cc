// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/freezer.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <ctime>
#include <functional>
#include <memory>

#include "common/file_descriptor.h"
#include "freeze/gathering.h"

namespace openmosix::freezer_test {
namespace {

/// The descriptor that the child writes to.
constexpr int sent_by_child = 100;

// Not by write(2), which sanitizers call, too.
void send_byte(int /*signal*/) {
    char byte = 0;
    const iovec bytes{&byte, sizeof byte};
    ::syscall(SYS_writev, sent_by_child, &bytes, 1);
}

/// A traced child that has a pipe for what it sends.
class TracedChildTest : public testing::Test {
protected:
    /// Starts a child that runs `program` for ever, and stops it.
    void start(const std::function<void()>& program) {
        std::array<int, 2> sent{};
        ASSERT_EQ(::pipe(sent.data()), 0);
        pid_ = ::fork();
        ASSERT_NE(pid_, -1);
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::dup2(sent[1], sent_by_child);
            program();
        }
        sent_ = clusterdisc::FileDescriptor(sent[0]);
        ::close(sent[1]);
        tracee_ = std::make_unique<Tracee>(pid_, true);
        ASSERT_TRUE(tracee_->stop());
        const auto vdso = read_vdso(pid_);
        ASSERT_TRUE(vdso);
        vdso_ = *vdso;
    }
    void TearDown() override {
        ::kill(pid_, SIGKILL);
        tracee_.reset();
        ::waitpid(pid_, nullptr, __WALL);
    }
    [[nodiscard]] bool has_sent(int milliseconds) const {
        pollfd wait{sent_.number(), POLLIN, 0};
        return ::poll(&wait, 1, milliseconds) == 1;
    }

    pid_t pid_ = -1;
    clusterdisc::FileDescriptor sent_;
    std::unique_ptr<Tracee> tracee_;
    Vdso vdso_;
};

/// A child that waits for a byte, sends one, and waits for ever for SIGUSR1, for which it sends one, too.
class FreezerTest : public TracedChildTest {
protected:
    void SetUp() override {
        std::array<int, 2> go{};
        ASSERT_EQ(::pipe(go.data()), 0);
        start([&go] {
            sigset_t blocked;
            sigset_t none;
            sigemptyset(&none);
            sigemptyset(&blocked);
            sigaddset(&blocked, SIGUSR1);
            ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
            static_cast<void>(std::signal(SIGUSR1, send_byte));
            char byte = 0;
            ::syscall(SYS_read, go[0], &byte, 1);
            send_byte(0);
            for (;;) {
                ::ppoll(nullptr, 0, nullptr, &none);
            }
        });
        go_ = clusterdisc::FileDescriptor(go[1]);
        ::close(go[0]);
    }

    /// The child is at the entry of its writev(2), and nobody has been told so yet.
    void run_to_writev() { run_to(SYS_writev); }
    void run_to(long call) {
        ASSERT_EQ(::write(go_.number(), "x", 1), 1);
        for (;;) {
            tracee_->run_to_call();
            siginfo_t info{};
            ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WNOWAIT | __WALL), 0);
            if (tracee_->is_at_call_entry() && tracee_->registers().call_number() == call) {
                return;
            }
            ASSERT_EQ(tracee_->wait().kind, Stop::Kind::call);
        }
    }
    static bool is_writev(const Registers& registers) { return registers.call_number() == SYS_writev; }

    clusterdisc::FileDescriptor go_;
};

/// A child that reads clocks for ever and sends a byte for SIGTRAP; it stands within the clock code.
class ClockReaderTest : public TracedChildTest {
protected:
    void SetUp() override {
        start([] {
            static_cast<void>(std::signal(SIGTRAP, send_byte));
            for (timespec now{};;) {
                ::clock_gettime(CLOCK_MONOTONIC, &now);
            }
        });
        while (!vdso_.is_in_clock_code(tracee_->registers().instruction_pointer())) {
            tracee_->step();
            ASSERT_EQ(tracee_->wait().kind, Stop::Kind::signal);
        }
    }
};

TEST_F(ClockReaderTest, IsFrozenOutsideTheClockCode) {
    ASSERT_EQ(freeze(*tracee_, vdso_), Frozen::yes);
    EXPECT_FALSE(vdso_.is_in_clock_code(tracee_->registers().instruction_pointer()));
}

TEST_F(ClockReaderTest, IsStoppedByASignalThatCannotWait) {
    ASSERT_EQ(::kill(pid_, SIGSTOP), 0);
    EXPECT_EQ(freeze(*tracee_, vdso_), Frozen::stopped);
}

TEST_F(ClockReaderTest, GetsASignalThatLooksLikeAStep) {
    ASSERT_EQ(::kill(pid_, SIGTRAP), 0);
    ASSERT_EQ(freeze(*tracee_, vdso_), Frozen::yes);
    tracee_->run();
    EXPECT_TRUE(has_sent(10'000));
}

TEST_F(TracedChildTest, WithASignalThatIsAlwaysPendingIsBusyAndGoesOn) {
    start([] {
        // Ignored by default, but shown to a tracer, and sent again as soon as it has been taken.
        sigevent event{};
        event.sigev_notify = SIGEV_SIGNAL;
        event.sigev_signo = SIGURG;
        timer_t timer{};
        const itimerspec at_once{{0, 1}, {0, 1}};
        ::timer_create(CLOCK_MONOTONIC, &event, &timer);
        for (;;) {
            ::timer_settime(timer, 0, &at_once, nullptr);
            send_byte(0);
            ::poll(nullptr, 0, 1);
        }
    });
    tracee_->run();
    while (tracee_->wait().signal != SIGURG) {
        tracee_->run();
    }
    ASSERT_EQ(freeze(*tracee_, vdso_), Frozen::busy);
    EXPECT_TRUE(tracee_->is_running());
}

TEST_F(FreezerTest, ACallThatIsHeldBackIsMadeWhenTheProcessResumes) {
    run_to_writev();
    ASSERT_EQ(freeze(*tracee_, vdso_, is_writev), Frozen::yes);
    EXPECT_LT(tracee_->registers().call_number(), 0);
    EXPECT_FALSE(has_sent(0));
    tracee_->run();
    EXPECT_TRUE(has_sent(10'000));
}

TEST_F(FreezerTest, AnyOtherCallIsFinished) {
    run_to_writev();
    ASSERT_EQ(freeze(*tracee_, vdso_, [](const Registers& registers) { return !is_writev(registers); }), Frozen::yes);
    EXPECT_TRUE(has_sent(0));
}

TEST_F(FreezerTest, WithoutSuchCallsAllAreFinished) {
    run_to_writev();
    ASSERT_EQ(freeze(*tracee_, vdso_), Frozen::yes);
    EXPECT_TRUE(has_sent(0));
}

TEST_F(FreezerTest, ASignalThatComesFirstIsDeliveredAndTheCallHeldBackAgain) {
    run_to_writev();
    // Ignored by default, and shown to the tracer.
    ASSERT_EQ(::kill(pid_, SIGCHLD), 0);
    ASSERT_EQ(freeze(*tracee_, vdso_, is_writev), Frozen::yes);
    EXPECT_FALSE(has_sent(0));
    tracee_->run();
    EXPECT_TRUE(has_sent(10'000));
}

TEST_F(FreezerTest, ASignalForWhichACallOpensTheMaskIsTakenFirst) {
    run_to(SYS_ppoll);
    std::array<char, 2> bytes{};
    ASSERT_EQ(::read(sent_.number(), bytes.data(), bytes.size()), 1);
    ASSERT_EQ(::kill(pid_, SIGUSR1), 0);
    ASSERT_EQ(freeze(*tracee_, vdso_, [](const Registers& /*registers*/) { return false; }), Frozen::yes);
    // The process is at the beginning of its handler.
    EXPECT_EQ(read_dispositions(pid_).pending, 0U);
    tracee_->run();
    EXPECT_TRUE(has_sent(10'000));
}

}  // namespace
}  // namespace openmosix::freezer_test
