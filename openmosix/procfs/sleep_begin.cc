// SPDX-License-Identifier: GPL-2.0-or-later
#include "procfs/sleep_begin.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <string>
#include <system_error>

#include "procfs/process_file.h"
#include "procfs/process_stat.h"

namespace openmosix {

namespace {

constexpr std::size_t max_size = 65536;
constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;
constexpr std::int64_t nanoseconds_per_millisecond = 1'000'000;

/// Returns what follows the colon of the line that begins with `name` and spaces.
std::optional<std::string_view> find_value(std::string_view text, std::string_view name) {
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (!line.starts_with(name)) {
            continue;
        }
        line.remove_prefix(name.size());
        const std::size_t colon = line.find_first_not_of(' ');
        if (colon == std::string_view::npos || line[colon] != ':') {
            continue;
        }
        const std::size_t value = line.find_first_not_of(' ', colon + 1);
        return value == std::string_view::npos ? std::nullopt : std::optional(line.substr(value));
    }
    return std::nullopt;
}

template <typename Number>
std::optional<Number> take_number(std::string_view& text) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

/// Milliseconds with six decimals, as SPLIT_NS() of kernel/sched/debug.c writes nanoseconds.
std::optional<std::int64_t> parse_nanoseconds(std::string_view text) {
    // A hundred years.
    constexpr std::uint64_t max_milliseconds = 3'200'000'000'000;
    const auto milliseconds = take_number<std::uint64_t>(text);
    if (!milliseconds || *milliseconds > max_milliseconds || text.size() != 7 || text[0] != '.') {
        return std::nullopt;
    }
    text.remove_prefix(1);
    const auto rest = take_number<std::uint32_t>(text);
    if (!rest || !text.empty()) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(*milliseconds) * nanoseconds_per_millisecond + *rest;
}

std::optional<SchedulingStatistics> read_statistics(pid_t pid) {
    const auto text = find_process_file(pid, "sched", max_size);
    return text ? parse_scheduling_statistics(*text) : std::nullopt;
}

/// The calling thread runs on one processor as long as this lives.
class OnProcessor {
public:
    explicit OnProcessor(std::size_t processor) {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(processor, &one);
        holds_ = ::sched_getaffinity(0, sizeof before_, &before_) == 0 && ::sched_setaffinity(0, sizeof one, &one) == 0;
    }
    ~OnProcessor() {
        if (holds_) {
            static_cast<void>(::sched_setaffinity(0, sizeof before_, &before_));
        }
    }
    OnProcessor(const OnProcessor&) = delete;
    OnProcessor& operator=(const OnProcessor&) = delete;
    OnProcessor(OnProcessor&&) = delete;
    OnProcessor& operator=(OnProcessor&&) = delete;

    /// False where we may not run there, or there are more processors than a cpu_set_t has.
    [[nodiscard]] bool holds() const { return holds_; }

private:
    cpu_set_t before_{};
    bool holds_ = false;
};

}  // namespace

std::optional<SchedulingStatistics> parse_scheduling_statistics(std::string_view text) {
    const auto start = find_value(text, "se.exec_start");
    auto switches = find_value(text, "nr_voluntary_switches");
    if (!start || !switches) {
        return std::nullopt;
    }
    const auto exec_start = parse_nanoseconds(*start);
    const auto voluntary_switches = take_number<std::uint64_t>(*switches);
    if (!exec_start || !voluntary_switches || !switches->empty()) {
        return std::nullopt;
    }
    return SchedulingStatistics{*exec_start, *voluntary_switches};
}

std::optional<Sleep> find_sleep_begin(pid_t pid) {
    const auto stat = find_process_stat(pid);
    if (!stat || stat->state != 'S' || stat->processor >= CPU_SETSIZE) {
        return std::nullopt;
    }
    const OnProcessor on_processor(stat->processor);
    if (!on_processor.holds()) {
        return std::nullopt;
    }
    // We are charged for what we have run, so that our statistics say what the clock of this processor is now.
    static_cast<void>(::sched_yield());
    const auto ours = read_statistics(::gettid());
    timespec now{};
    static_cast<void>(::clock_gettime(CLOCK_MONOTONIC, &now));
    const auto theirs = read_statistics(pid);
    const auto later = find_process_stat(pid);
    const bool sleeps_on = later && later->state == 'S' && later->processor == stat->processor;
    if (!ours || !theirs || !sleeps_on || theirs->exec_start > ours->exec_start) {
        return std::nullopt;
    }
    const std::int64_t time = now.tv_sec * nanoseconds_per_second + now.tv_nsec;
    return Sleep{time - (ours->exec_start - theirs->exec_start), theirs->voluntary_switches};
}

bool was_stopped_in(const Sleep& sleep, pid_t pid) {
    const auto statistics = read_statistics(pid);
    return statistics && statistics->voluntary_switches == sleep.voluntary_switches + 1;
}

}  // namespace openmosix
