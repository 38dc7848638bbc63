// SPDX-License-Identifier: GPL-2.0-or-later
#include "deputy/deputy.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <ctime>
#include <memory>

#include "signals/pending_signals.h"
#include "tracee/kernel_result.h"
#include "words.h"

namespace openmosix::deputy_test {
namespace {

constexpr Abi own_abi = sizeof(void*) == 4 ? Abi::i386 : Abi::amd64;
constexpr int real_time = 40;

/// A deputy of which the program catches SIGUSR1, SIGUSR2 and a real-time signal.
class DeputyTest : public testing::Test {
protected:
    void SetUp() override {
        // Both have it at one address, and see the same.
        area_ =
            ::mmap(nullptr, agent_area::size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        ASSERT_NE(area_, MAP_FAILED);
        pid_ = ::fork();
        ASSERT_NE(pid_, -1);
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (;;) {
                ::syscall(SYS_pause);
            }
        }
        tracee_ = std::make_unique<Tracee>(pid_, true);
        ASSERT_TRUE(tracee_->stop());
        memory_ = std::make_unique<MemoryFile>(pid_);
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
        const auto address = reinterpret_cast<std::uintptr_t>(area_);
        ProcessImage image;
        image.thread.registers = tracee_->registers();
        for (const int signal : {SIGUSR1, SIGUSR2, real_time}) {
            image.signals.actions.push_back(
                {static_cast<std::uint8_t>(signal),
                 to_words({address, std::uintptr_t{0}, std::uintptr_t{0}, std::uintptr_t{0}}, word_size(own_abi))});
            image.signals.actions.back().action.resize(own_abi == Abi::i386 ? 20 : 32);
        }
        agent_ = std::make_unique<Agent>(*tracee_, *memory_, image.thread.registers, address);
        const std::span<std::uint8_t> area(static_cast<std::uint8_t*>(area_), agent_area::size);
        deputy_ = std::make_unique<Deputy>(*tracee_, area.subspan(agent_area::forwarding_offset));
        deputy_->begin(*agent_, image);
    }
    void TearDown() override {
        ::kill(pid_, SIGKILL);
        deputy_.reset();
        tracee_.reset();
        ::waitpid(pid_, nullptr, __WALL);
        ::munmap(area_, agent_area::size);
    }

    void queue(int signal, int value) const {
        sigval number{};
        number.sival_int = value;  // NOLINT(cppcoreguidelines-pro-type-union-access)
        ASSERT_EQ(::sigqueue(pid_, signal, number), 0);
    }
    static CallRequest request(std::uint32_t number) {
        CallRequest request;
        request.number = number;
        return request;
    }
    /// The deputy gets the real-time signal whenever it has taken one.
    void start_timer() {
        constexpr std::size_t place = agent_area::forwarding_offset + 1024;
        const auto put = [this](std::size_t offset, const auto& value) {
            std::memcpy(static_cast<std::uint8_t*>(area_) + place + offset, &value, sizeof value);
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
            return std::uint64_t{reinterpret_cast<std::uintptr_t>(area_)} + place + offset;
        };
        sigevent event{};
        event.sigev_notify = SIGEV_SIGNAL;
        event.sigev_signo = real_time;
        CallRequest create = request(SYS_timer_create);
        create.arguments = {CLOCK_MONOTONIC, put(0, event), put(256, 0)};
        deputy_->execute(create, 0, Deputy::Entry::plain);
        ASSERT_EQ(end_of_call().value, 0);
        int timer = 0;
        std::memcpy(&timer, static_cast<std::uint8_t*>(area_) + place + 256, sizeof timer);
        // A nanosecond, first and then again and again.
        const std::array<long, 4> at_once{0, 1, 0, 1};
        CallRequest start = request(SYS_timer_settime);
        start.arguments = {static_cast<std::uint64_t>(timer), 0, put(512, at_once), 0};
        deputy_->execute(start, 0, Deputy::Entry::plain);
        ASSERT_EQ(end_of_call().value, 0);
    }
    /// Until the call that was begun has ended.
    Deputy::Event end_of_call() {
        for (;;) {
            auto event = deputy_->handle(tracee_->wait());
            if (event) {
                EXPECT_EQ(event->kind, Deputy::Event::Kind::call_ended);
                return std::move(*event);
            }
        }
    }
    static std::vector<int> values(const std::vector<siginfo_t>& signals) {
        std::vector<int> result;
        result.reserve(signals.size());
        for (const siginfo_t& info : signals) {
            result.push_back(info.si_value.sival_int);  // NOLINT(cppcoreguidelines-pro-type-union-access)
        }
        return result;
    }

    void* area_ = nullptr;
    pid_t pid_ = -1;
    std::unique_ptr<Tracee> tracee_;
    std::unique_ptr<MemoryFile> memory_;
    std::unique_ptr<Agent> agent_;
    std::unique_ptr<Deputy> deputy_;
};

TEST_F(DeputyTest, MakesACall) {
    deputy_->execute(request(SYS_getppid), 0, Deputy::Entry::plain);
    const auto event = end_of_call();
    EXPECT_EQ(event.value, ::getpid());
    EXPECT_TRUE(event.signals.empty());
    EXPECT_TRUE(deputy_->is_standing());
}

TEST_F(DeputyTest, TakesAllSignalsBeforeACallReturns) {
    for (int value = 1; value <= 5; ++value) {
        queue(real_time, value);
    }
    ::kill(pid_, SIGUSR1);
    ::kill(pid_, SIGUSR2);
    deputy_->execute(request(SYS_getppid), 0, Deputy::Entry::plain);
    const auto event = end_of_call();
    EXPECT_EQ(event.value, ::getpid());
    ASSERT_EQ(event.signals.size(), 7U);
    // In the kernel's order: the lowest number first, real-time signals as they were sent.
    EXPECT_EQ(event.signals[0].si_signo, SIGUSR1);
    EXPECT_EQ(event.signals[1].si_signo, SIGUSR2);
    for (const siginfo_t& info : event.signals) {
        EXPECT_EQ(info.si_pid, ::getpid());  // NOLINT(cppcoreguidelines-pro-type-union-access)
    }
    EXPECT_EQ(values({event.signals.begin() + 2, event.signals.end()}), (std::vector<int>{1, 2, 3, 4, 5}));
    EXPECT_EQ(pending_signals(pid_), 0U);
}

TEST_F(DeputyTest, LeavesBlockedSignalsPending) {
    ::kill(pid_, SIGUSR1);
    deputy_->execute(request(SYS_getppid), std::uint64_t{1} << (SIGUSR1 - 1U), Deputy::Entry::plain);
    const auto event = end_of_call();
    EXPECT_TRUE(event.signals.empty());
    EXPECT_EQ(pending_signals(pid_), std::uint64_t{1} << (SIGUSR1 - 1U));
}

TEST_F(DeputyTest, AnEarlierSignalEndsAWaitingCall) {
    ::kill(pid_, SIGUSR1);
    deputy_->execute(request(SYS_pause), 0, Deputy::Entry::plain);
    const auto event = end_of_call();
    EXPECT_EQ(event.value, restart_without_handler);
    ASSERT_EQ(event.signals.size(), 1U);
    EXPECT_EQ(event.signals[0].si_code, SI_USER);
}

TEST_F(DeputyTest, AWaitingCallIsInterruptedAtItsEntry) {
    deputy_->execute(request(SYS_pause), 0, Deputy::Entry::interrupted);
    const auto event = end_of_call();
    EXPECT_TRUE(is_broken_off(event.value));
    EXPECT_TRUE(event.signals.empty());
}

TEST_F(DeputyTest, AnIgnoredSignalEndsNoCall) {
    deputy_->execute(request(SYS_pause), 0, Deputy::Entry::plain);
    ::kill(pid_, SIGWINCH);
    EXPECT_FALSE(deputy_->handle(tracee_->wait()));
    EXPECT_TRUE(deputy_->is_in_call());
    deputy_->interrupt_call();
    EXPECT_TRUE(is_broken_off(end_of_call().value));
}

TEST_F(DeputyTest, ACallThatTakesASignalGetsItAlthoughItIsNotBlocked) {
    ::kill(pid_, SIGUSR1);
    CallRequest wait = request(SYS_rt_sigtimedwait);
    wait.input = to_words({std::uint64_t{1} << (SIGUSR1 - 1U)}, sizeof(std::uint64_t));
    wait.area = sizeof(std::uint64_t);
    wait.relocations.push_back({true, 0, 0});
    wait.arguments[3] = sizeof(std::uint64_t);
    deputy_->execute(wait, 0, Deputy::Entry::signals_blocked);
    const auto event = end_of_call();
    EXPECT_EQ(event.value, SIGUSR1);
    EXPECT_TRUE(event.signals.empty());
}

TEST_F(DeputyTest, HaltingEndsTheCallThatGoesOn) {
    deputy_->execute(request(SYS_pause), 0, Deputy::Entry::plain);
    std::vector<Deputy::Event> events;
    deputy_->halt(events);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].kind, Deputy::Event::Kind::call_ended);
    EXPECT_TRUE(is_broken_off(events[0].value));
    EXPECT_TRUE(deputy_->is_standing());
}

TEST_F(DeputyTest, AParkedOneReportsSignalAfterSignal) {
    deputy_->park();
    for (int value = 1; value <= 3; ++value) {
        queue(real_time, value);
    }
    std::vector<siginfo_t> signals;
    while (signals.size() < 3) {
        if (const auto event = deputy_->handle(tracee_->wait())) {
            ASSERT_EQ(event->kind, Deputy::Event::Kind::signal);
            signals.insert(signals.end(), event->signals.begin(), event->signals.end());
            deputy_->park();
        }
    }
    EXPECT_EQ(values(signals), (std::vector<int>{1, 2, 3}));
}

TEST_F(DeputyTest, OneThatHoldsSignalsReportsThemLater) {
    deputy_->hold_signals();
    EXPECT_TRUE(deputy_->holds_signals());
    ASSERT_EQ(::kill(pid_, SIGUSR1), 0);
    std::vector<Deputy::Event> events;
    deputy_->halt(events);
    EXPECT_TRUE(events.empty());
    EXPECT_TRUE(deputy_->is_standing());
    deputy_->park();
    const auto event = deputy_->handle(tracee_->wait());
    ASSERT_TRUE(event);
    EXPECT_EQ(event->kind, Deputy::Event::Kind::signal);
}

TEST_F(DeputyTest, OneThatHoldsSignalsEndsByThoseThatAreNotCaught) {
    deputy_->hold_signals();
    ASSERT_EQ(::kill(pid_, SIGTERM), 0);
    for (;;) {
        if (const auto event = deputy_->handle(tracee_->wait())) {
            EXPECT_EQ(event->kind, Deputy::Event::Kind::ended);
            return;
        }
    }
}

TEST_F(DeputyTest, OneThatHoldsSignalsAndIsStoppedHoldsThemAfterwards) {
    deputy_->hold_signals();
    ASSERT_EQ(::kill(pid_, SIGSTOP), 0);
    const auto next = [this] {
        for (;;) {
            if (const auto event = deputy_->handle(tracee_->wait())) {
                return event->kind;
            }
        }
    };
    EXPECT_EQ(next(), Deputy::Event::Kind::halted);
    EXPECT_FALSE(deputy_->holds_signals());
    ASSERT_EQ(::kill(pid_, SIGUSR1), 0);
    ASSERT_EQ(::kill(pid_, SIGCONT), 0);
    EXPECT_EQ(next(), Deputy::Event::Kind::proceeds);
    EXPECT_TRUE(deputy_->holds_signals());
    std::vector<Deputy::Event> events;
    deputy_->halt(events);
    EXPECT_TRUE(events.empty());
    deputy_->park();
    EXPECT_EQ(next(), Deputy::Event::Kind::signal);
}

TEST_F(DeputyTest, ATimerThatIsFasterThanWeHoldsNothingUp) {
    start_timer();
    for (int i = 0; i < 20; ++i) {
        deputy_->execute(request(SYS_getppid), 0, Deputy::Entry::plain);
        EXPECT_EQ(end_of_call().value, ::getpid());
        deputy_->park();
        std::vector<Deputy::Event> events;
        deputy_->halt(events);
        EXPECT_TRUE(deputy_->is_standing());
        EXPECT_FALSE(deputy_->take_pending(~std::uint64_t{0}).empty());
    }
}

TEST_F(DeputyTest, BlockedSignalsAreTakenInTheirOrder) {
    const std::uint64_t blocked = std::uint64_t{1} << (real_time - 1U) | std::uint64_t{1} << (SIGUSR1 - 1U);
    for (int value = 1; value <= 20; ++value) {
        queue(real_time, value);
    }
    ::kill(pid_, SIGUSR1);
    deputy_->execute(request(SYS_getppid), blocked, Deputy::Entry::plain);
    EXPECT_TRUE(end_of_call().signals.empty());
    const auto taken = deputy_->take_pending(std::uint64_t{1} << (real_time - 1U));
    ASSERT_EQ(taken.size(), 20U);
    for (int value = 1; value <= 20; ++value) {
        EXPECT_EQ(values(taken)[static_cast<std::size_t>(value - 1)], value);
    }
    EXPECT_EQ(pending_signals(pid_), std::uint64_t{1} << (SIGUSR1 - 1U));
    EXPECT_EQ(tracee_->signal_mask(), blocked);
}

}  // namespace
}  // namespace openmosix::deputy_test
