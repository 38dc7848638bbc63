// SPDX-License-Identifier: GPL-2.0-or-later
#include "clocks/timer_tick.h"

#include <sys/time.h>

#include <algorithm>
#include <cstring>

namespace openmosix {

namespace {

constexpr std::int64_t second = 1'000'000;
/// Far enough away never to tick.
constexpr std::int64_t seconds_asked = 1'000'000;
constexpr int questions = 3;

std::int64_t ask_for_tick() {
    std::int64_t most = 0;
    for (int question = 0; question < questions; ++question) {
        itimerval timer{};
        timer.it_value.tv_sec = seconds_asked;
        ::setitimer(ITIMER_VIRTUAL, &timer, nullptr);
        itimerval rest{};
        ::getitimer(ITIMER_VIRTUAL, &rest);
        timer = {};
        ::setitimer(ITIMER_VIRTUAL, &timer, nullptr);
        most = std::max(most, (rest.it_value.tv_sec - seconds_asked) * second + rest.it_value.tv_usec);
    }
    return most;
}

std::int64_t get(const std::vector<std::uint8_t>& bytes, std::size_t place, std::size_t size) {
    std::int64_t value = 0;
    std::memcpy(&value, bytes.data() + place, size);
    return value;
}

}  // namespace

std::int64_t timer_tick() {
    static const std::int64_t tick = ask_for_tick();
    return tick;
}

std::vector<std::uint8_t> to_start_again(const std::vector<std::uint8_t>& timer, Abi abi, std::int64_t tick) {
    const std::size_t word = word_size(abi);
    if (timer.size() != 4 * word) {
        return timer;
    }
    // After the interval: struct itimerval of sys/time.h.
    const std::int64_t seconds = get(timer, 2 * word, word);
    const std::int64_t microseconds = get(timer, 3 * word, word);
    if (seconds < 0 || (seconds == 0 && microseconds <= 0) || seconds > seconds_asked) {
        return timer;
    }
    const std::int64_t left = std::max<std::int64_t>(seconds * second + microseconds - tick, 1);
    std::vector<std::uint8_t> result = timer;
    const std::int64_t whole = left / second;
    const std::int64_t part = left % second;
    std::memcpy(result.data() + 2 * word, &whole, word);
    std::memcpy(result.data() + 3 * word, &part, word);
    return result;
}

}  // namespace openmosix
