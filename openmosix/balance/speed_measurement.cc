// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/speed_measurement.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <numeric>
#include <vector>

#include "common/random.h"

namespace openmosix::balance {
namespace {

/// Long enough for a clock that counts in ticks of 4 ms.
constexpr Instant time_of_run = std::chrono::milliseconds(32);
constexpr int runs = 3;
/// Less than a millisecond on a 486 DX-33, so that a run is hardly longer than it shall be.
constexpr std::uint32_t rounds_between_looks = 1000;
/// Where a clock stands still, a measurement ends all the same.
constexpr std::uint64_t max_rounds = std::uint64_t{1} << 32U;

// The results of all rounds are kept where the compiler must have them: it cannot leave out any.

class IntegerLoop {
public:
    void run() {
        std::uint32_t value = value_;
        for (std::uint32_t round = 0; round < rounds_between_looks; ++round) {
            value = value * 1664525U + 1013904223U;
            asm volatile("" : "+r"(value));
        }
        value_ = value;
    }

private:
    std::uint32_t value_ = 1;
};

class X87Loop {
public:
    void run() {
        long double value = value_;
        for (std::uint32_t round = 0; round < rounds_between_looks; ++round) {
            // Tends to 2: neither overflow nor denormal numbers, which take longer.
            value = value * 0.5L + 1.0L;
            asm volatile("" : "+t"(value));
        }
        value_ = value;
    }

private:
    long double value_ = 1;
};

class MemoryLoop {
public:
    MemoryLoop() : next_(std::size_t{lines} * words_of_line) {
        std::vector<std::uint32_t> order(lines);
        std::iota(order.begin(), order.end(), 0U);
        clusterdisc::Random random(1);
        random.shuffle(order);
        for (std::size_t line = 0; line < lines; ++line) {
            next_[std::size_t{order[line]} * words_of_line] = order[(line + 1) % lines] * words_of_line;
        }
    }

    void run() {
        std::uint32_t place = place_;
        for (std::uint32_t round = 0; round < rounds_between_looks; ++round) {
            place = next_[place];
            asm volatile("" : "+r"(place));
        }
        place_ = place;
    }

private:
    static constexpr std::uint32_t words_of_line = 64 / sizeof(std::uint32_t);
    static constexpr std::uint32_t lines = (1U << 20U) / 64;

    std::vector<std::uint32_t> next_;
    std::uint32_t place_ = 0;
};

template <typename Loop>
double rate_of(Loop& loop, const MeasuringClock& clock) {
    double best = 0;
    for (int run = 0; run < runs; ++run) {
        const Instant start = clock();
        Instant time{};
        std::uint64_t rounds = 0;
        while (time < time_of_run && rounds < max_rounds) {
            loop.run();
            rounds += rounds_between_looks;
            time = clock() - start;
        }
        if (time > Instant::zero()) {
            best = std::max(best, static_cast<double>(rounds) / to_seconds(time));
        }
    }
    return best;
}

}  // namespace

LoopRates measure_loop_rates(const MeasuringClock& clock) {
    IntegerLoop integer;
    X87Loop x87;
    MemoryLoop memory;
    return {.integer = rate_of(integer, clock), .x87 = rate_of(x87, clock), .memory = rate_of(memory, clock)};
}

}  // namespace openmosix::balance
