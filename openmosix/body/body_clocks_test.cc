// SPDX-License-Identifier: GPL-2.0-or-later
#include "body/body_clocks.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <memory>
#include <optional>
#include <vector>

#include "clocks/clock_code.h"
#include "clocks/read_clock.h"
#include "tracee/agent_area.h"
#include "tracee/call_numbers.h"

// Tests are compiled together, and this one's short names are its own.
namespace openmosix::body_clocks_test {
namespace {

constexpr Abi this_abi = sizeof(void*) == 4 ? Abi::i386 : Abi::amd64;
constexpr std::int64_t second = 1'000'000'000;
constexpr int last_clock = 12;
constexpr clockid_t no_clock = 99;
/// As far as no clock of a test machine is, but within 32 bits of seconds on i386.
constexpr std::int64_t ahead = second * (sizeof(time_t) == 4 ? 1'000'000'000 : 5'000'000'000) + 999'999'999;

/// What the child reads in a round; nanoseconds.
struct Readings {
    std::array<std::int64_t, last_clock + 1> clocks{};
    std::array<std::int64_t, 2> times_of_day{};
    std::array<std::int64_t, 2> times{};
    std::int64_t resolution = 0;
    int of_no_clock = 0;
};

struct Shared {
    std::atomic<int> wanted = 0;
    std::atomic<int> done = 0;
    Readings readings;
};

struct Functions {
    int (*clock_gettime)(clockid_t, timespec*);
    int (*gettimeofday)(timeval*, struct timezone*);
    time_t (*time)(time_t*);
    int (*clock_getres)(clockid_t, timespec*);
};

template <typename Function>
Function* function_of(const Vdso& vdso, const char* name) {
    const auto address = static_cast<std::uintptr_t>(vdso.code + vdso.functions().at(name));
    return reinterpret_cast<Function*>(address);  // NOLINT
}

std::int64_t nanoseconds(const timespec& time) {
    return std::int64_t{time.tv_sec} * second + time.tv_nsec;
}

void read_all(const Functions& functions, Readings& readings) {
    timespec time{};
    for (int clock = 0; clock <= last_clock; ++clock) {
        time = {};
        functions.clock_gettime(clock, &time);
        readings.clocks.at(static_cast<std::size_t>(clock)) = nanoseconds(time);
    }
    timeval time_of_day{};
    struct timezone zone {
        1, 1
    };
    functions.gettimeofday(&time_of_day, nullptr);
    readings.times_of_day[0] = std::int64_t{time_of_day.tv_sec} * second + time_of_day.tv_usec * 1000;
    functions.gettimeofday(&time_of_day, &zone);
    readings.times_of_day[1] =
        std::int64_t{time_of_day.tv_sec} * second + time_of_day.tv_usec * 1000 + zone.tz_minuteswest + zone.tz_dsttime;
    time_t seconds = 0;
    readings.times[0] = functions.time(nullptr);
    functions.time(&seconds);
    readings.times[1] = seconds;
    functions.clock_getres(CLOCK_MONOTONIC, &time);
    readings.resolution = nanoseconds(time);
    readings.of_no_clock = functions.clock_gettime(no_clock, &time);
}

[[noreturn]] void run_child(const Functions& functions, Shared& shared) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        if (shared.done < shared.wanted) {
            read_all(functions, shared.readings);
            shared.done = shared.done + 1;
        }
        ::syscall(SYS_sched_yield);
    }
}

/// A child that becomes a guest as far as its clocks are concerned.
class BodyClocksTest : public testing::Test {
protected:
    void SetUp() override { start_child(); }
    void TearDown() override { end_child(); }
    void start_child() {
        area_ = ::mmap(nullptr, agent_area::size, PROT_READ | PROT_WRITE | PROT_EXEC,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        ASSERT_NE(area_, MAP_FAILED);
        void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        ASSERT_NE(memory, MAP_FAILED);
        shared_ = std::construct_at(static_cast<Shared*>(memory));
        vdso_ = read_vdso(::getpid());
        ASSERT_TRUE(vdso_.has_value());
        const Functions functions{function_of<int(clockid_t, timespec*)>(*vdso_, "__vdso_clock_gettime"),
                                  function_of<int(timeval*, struct timezone*)>(*vdso_, "__vdso_gettimeofday"),
                                  function_of<time_t(time_t*)>(*vdso_, "__vdso_time"),
                                  function_of<int(clockid_t, timespec*)>(*vdso_, "__vdso_clock_getres")};
        pid_ = ::fork();
        ASSERT_NE(pid_, -1);
        if (pid_ == 0) {
            run_child(functions, *shared_);
        }
        tracee_ = std::make_unique<Tracee>(pid_, true);
        ASSERT_TRUE(tracee_->stop());
    }
    /// The child stands.
    void become_guest() {
        const Registers frozen = tracee_->registers();
        memory_ = std::make_unique<MemoryFile>(pid_);
        Agent agent(*tracee_, *memory_, frozen, reinterpret_cast<std::uintptr_t>(area_));  // NOLINT
        clocks_ = std::make_unique<BodyClocks>(agent, pid_, *memory_, *vdso_);
        clocks_->set_wall_clock(ahead);
        tracee_->set_registers(frozen);
    }
    void end_child() {
        ::kill(pid_, SIGKILL);
        tracee_.reset();
        ::waitpid(pid_, nullptr, __WALL);
        ::munmap(shared_, sizeof(Shared));
        ::munmap(area_, agent_area::size);
    }

    /// As with a clock source that only the kernel can read: its data say so by a 0.
    void hide_clock_source() {
        const Registers frozen = tracee_->registers();
        const std::uint64_t area = reinterpret_cast<std::uintptr_t>(area_);  // NOLINT
        Agent agent(*tracee_, *memory_, frozen, area);
        agent.call("mmap", call_numbers(this_abi).mmap,
                   {area + agent_area::forwarding_offset, vdso_->code - vdso_->start, PROT_READ,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, ~std::uint64_t{0}, 0});
        tracee_->set_registers(frozen);
    }

    /// Of another round, unless one is going on.
    const Readings& next_readings() {
        if (shared_->wanted == shared_->done) {
            shared_->wanted = shared_->done + 1;
        }
        return wanted_readings();
    }
    /// Of the round that is asked for already, and may be over.
    const Readings& wanted_readings() {
        while (shared_->done != shared_->wanted) {
            ::sched_yield();
        }
        return shared_->readings;
    }
    /// Of a child that stands: until it is about to call this function.
    void run_to(std::uint64_t address) {
        while (tracee_->registers().instruction_pointer() != address) {
            step();
        }
    }
    void step() {
        tracee_->step();
        const Stop stop = tracee_->wait();
        ASSERT_EQ(stop.kind, Stop::Kind::signal);
        ASSERT_EQ(stop.signal, SIGTRAP);
    }
    /// What a function's caller relies on: all but the registers that calls change.
    static std::vector<std::uint64_t> relevant(const Registers& registers) {
        std::vector<std::uint64_t> result{registers.instruction_pointer()};
        for (const std::size_t index : saved_registers(this_abi)) {
            result.push_back(registers.words.at(index));
        }
        return result;
    }

    void* area_ = nullptr;
    Shared* shared_ = nullptr;
    pid_t pid_ = -1;
    std::optional<Vdso> vdso_;
    std::unique_ptr<Tracee> tracee_;
    std::unique_ptr<MemoryFile> memory_;
    std::unique_ptr<BodyClocks> clocks_;
};

TEST_F(BodyClocksTest, ShowTheMonotonicClocksAndAWallClockOfTheirOwn) {
    become_guest();
    const std::array<clockid_t, 4> monotonic{CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_MONOTONIC_COARSE,
                                             CLOCK_BOOTTIME};
    std::array<std::int64_t, last_clock + 1> before{};
    for (const clockid_t clock : monotonic) {
        before.at(static_cast<std::size_t>(clock)) = read_clock(clock);
    }
    const std::int64_t real_before = read_clock(CLOCK_REALTIME);
    tracee_->run();
    const Readings& read = next_readings();
    const std::int64_t real_after = read_clock(CLOCK_REALTIME);
    for (const clockid_t clock : monotonic) {
        const std::int64_t value = read.clocks.at(static_cast<std::size_t>(clock));
        EXPECT_GE(value, before.at(static_cast<std::size_t>(clock))) << "clock " << clock;
        EXPECT_LE(value, read_clock(clock)) << "clock " << clock;
    }
    const auto expect_wall_clock = [&](std::int64_t value, clockid_t clock, std::int64_t unit) {
        EXPECT_GE(value, (before.at(static_cast<std::size_t>(clock)) + ahead) / unit * unit);
        EXPECT_LE(value, read_clock(clock) + ahead);
    };
    expect_wall_clock(read.clocks[CLOCK_REALTIME], CLOCK_MONOTONIC, 1);
    expect_wall_clock(read.clocks[CLOCK_REALTIME_COARSE], CLOCK_MONOTONIC_COARSE, 1);
    for (std::size_t i = 0; i < 2; ++i) {
        expect_wall_clock(read.times_of_day.at(i), CLOCK_MONOTONIC, 1000);
        expect_wall_clock(read.times.at(i) * second, CLOCK_MONOTONIC_COARSE, second);
    }
    // By system calls.
    EXPECT_GE(read.clocks[CLOCK_TAI], real_before);
    EXPECT_LE(read.clocks[CLOCK_TAI], real_after + 100 * second) << "leap seconds";
    EXPECT_GT(read.clocks[CLOCK_PROCESS_CPUTIME_ID], 0);
    EXPECT_EQ(read.of_no_clock, -EINVAL);
    timespec resolution{};
    ::clock_getres(CLOCK_MONOTONIC, &resolution);
    EXPECT_EQ(read.resolution, nanoseconds(resolution));
}

TEST_F(BodyClocksTest, AreSetWhileTheyAreRead) {
    become_guest();
    tracee_->run();
    // Its parts are not mixed: the nanoseconds of one value with the seconds of the other would be half a second off.
    constexpr std::int64_t half = second / 2;
    constexpr std::int64_t step = second + half;
    for (int round = 0; round < 2000; ++round) {
        shared_->wanted = shared_->done + 1;
        clocks_->set_wall_clock(round % 2 == 0 ? ahead - step : ahead);
        const Readings& read = wanted_readings();
        // The monotonic clock is read a little later.
        const std::int64_t behind = read.clocks[CLOCK_MONOTONIC] + ahead - read.clocks[CLOCK_REALTIME];
        ASSERT_LT(behind % step, half) << "round " << round;
        ASSERT_LT(behind, step + half) << "round " << round;
    }
}

TEST_F(BodyClocksTest, AreReadBySystemCallsWhereProgramsCannotReadTheClockSource) {
    become_guest();
    hide_clock_source();
    const std::int64_t before = read_clock(CLOCK_MONOTONIC);
    tracee_->run();
    const Readings& read = next_readings();
    const std::int64_t after = read_clock(CLOCK_MONOTONIC);
    EXPECT_GE(read.clocks[CLOCK_MONOTONIC], before);
    EXPECT_LE(read.clocks[CLOCK_MONOTONIC], after);
    EXPECT_GE(read.clocks[CLOCK_REALTIME], before + ahead);
    EXPECT_LE(read.clocks[CLOCK_REALTIME], after + ahead);
}

class BodyClocksLeft : public BodyClocksTest, public testing::WithParamInterface<bool> {};

INSTANTIATE_TEST_SUITE_P(WithOrWithoutAClockSource, BodyClocksLeft, testing::Bool());

TEST_P(BodyClocksLeft, FromEachOfTheirInstructionsAsIfNotYetCalled) {
    become_guest();
    if (!GetParam()) {
        hide_clock_source();
    }
    for (const char* name : {"__vdso_clock_gettime", "__vdso_gettimeofday", "__vdso_time", "__vdso_clock_getres"}) {
        const std::uint64_t begin = vdso_->code + vdso_->functions().at(name);
        shared_->wanted = shared_->done + 1;
        run_to(begin);
        // A round has several calls of most of them, for which other ways are taken.
        for (int steps = 1, calls = 1; calls < 20 && steps < 5000; ++steps) {
            const Registers called = tracee_->registers();
            Registers unchanged = called;
            EXPECT_FALSE(clocks_->step_back(unchanged)) << "it is in the kernel's code, and in no function yet";
            // No further than to its caller: now and then it takes another way, which is shorter.
            for (int step_of_call = 0;
                 step_of_call < steps && tracee_->registers().stack_pointer() <= called.stack_pointer();
                 ++step_of_call) {
                step();
            }
            Registers back = tracee_->registers();
            if (clocks_->step_back(back)) {
                ASSERT_EQ(relevant(back), relevant(called)) << name << ", after " << steps << " instructions";
                EXPECT_EQ(back.call_number(), -1);
                tracee_->set_registers(back);
                continue;
            }
            // It has returned.
            ASSERT_EQ(back.stack_pointer(), called.stack_pointer() + word_size(this_abi)) << name;
            EXPECT_GT(steps, 5);
            if (shared_->done == shared_->wanted) {
                break;
            }
            ++calls;
            steps = 0;
            while (tracee_->registers().instruction_pointer() != begin && shared_->done != shared_->wanted) {
                step();
            }
            if (shared_->done == shared_->wanted) {
                break;
            }
        }
        tracee_->run();
        const std::int64_t now = read_clock(CLOCK_MONOTONIC);
        EXPECT_GE(next_readings().clocks[CLOCK_MONOTONIC], now);
        ASSERT_TRUE(tracee_->stop());
    }
}

}  // namespace
}  // namespace openmosix::body_clocks_test
