// SPDX-License-Identifier: GPL-2.0-or-later
#include "load/process_survey.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "balance/tuning.h"
#include "load/control_group.h"
#include "procfs/process_file.h"

namespace openmosix {

namespace {

using balance::ProcessKind;
using clusterdisc::Instant;

constexpr std::size_t max_process_file_size = 65536;
/// PF_KTHREAD of include/linux/sched.h.
constexpr std::uint64_t kernel_thread = 0x00200000;
/// The weight of the last look in a process's demand.
constexpr double look_weight = 0.4;
/// In the foreground of a terminal a process that computes more does not wait for its user.
constexpr double max_demand_of_interactive = 0.5;

const double ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));

std::int64_t in_milliseconds(Instant time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

std::uint64_t ticks_of(const ProcessStat& stat) {
    return stat.user_time + stat.system_time;
}

/// The number after `key` in the content of /proc/PID/io; 0 when there is none.
std::uint64_t number_after(std::string_view text, std::string_view key) {
    const std::size_t found = text.find(key);
    std::uint64_t number = 0;
    if (found != std::string_view::npos) {
        text.remove_prefix(found + key.size());
        std::from_chars(text.data(), text.data() + text.size(), number);
    }
    return number;
}

/// None when it is gone or cannot be read.
std::optional<std::string> try_to_read(pid_t pid, const char* name) {
    try {
        return find_process_file(pid, name, max_process_file_size);
    } catch (const std::system_error&) {
        return std::nullopt;
    }
}

}  // namespace

Instant processor_time_of(const ProcessStat& stat) {
    return balance::from_seconds(static_cast<double>(ticks_of(stat)) / ticks_per_second);
}

std::uint32_t count_pages(pid_t pid) {
    const std::string statm = try_to_read(pid, "statm").value_or("");
    const std::size_t space = statm.find(' ');
    std::uint64_t pages = 0;
    if (space != std::string::npos) {
        std::from_chars(statm.data() + space + 1, statm.data() + statm.size(), pages);
    }
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(pages, 0xffffffffU));
}

CallCount count_calls(pid_t pid) {
    const std::string io = try_to_read(pid, "io").value_or("");
    return {.calls = number_after(io, "syscr: ") + number_after(io, "syscw: "),
            .bytes = number_after(io, "rchar: ") + number_after(io, "wchar: ")};
}

namespace {

balance::Abi abi_of(pid_t pid) {
    // The auxiliary vector begins with a type of one word and a value that is not zero. Types are small, so the upper
    // half of one of 64 bits is zero.
    const std::string vector = try_to_read(pid, "auxv").value_or("");
    return vector.size() >= 8 && vector.compare(4, 4, std::string(4, '\0')) == 0 ? balance::Abi::amd64
                                                                                 : balance::Abi::i386;
}

/// True for the groups of systemd itself, as the first process and as the manager of a user's services; that one is in
/// the group of its whole service until it has made its own.
bool is_service_manager(std::string_view control_group) {
    const std::string_view last = control_group.substr(control_group.rfind('/') + 1);
    return last == "init.scope" || (last.starts_with("user@") && last.ends_with(".service"));
}

}  // namespace

TerminalRole terminal_role(const ProcessStat& stat, const ProcessStatus& status) {
    if (stat.terminal == 0) {
        return TerminalRole::none;
    }
    if (stat.session == static_cast<std::uint64_t>(status.thread_group)) {
        return TerminalRole::session_leader;
    }
    if (stat.session == static_cast<std::uint64_t>(status.parent)) {
        const auto leader = try_to_find_process_status(status.parent);
        if (leader && leader->users[0] != status.users[0]) {
            return TerminalRole::login_shell;
        }
    }
    return stat.process_group == stat.foreground_group ? TerminalRole::foreground : TerminalRole::none;
}

ProcessKind kind_of(const std::string& control_group, TerminalRole role, double demand) {
    // Where logind does not give them groups of their own, sessions of users are in those of what they log in by.
    const bool is_session = control_group.find("getty@") != std::string::npos ||
                            control_group.find("/ssh.service") != std::string::npos ||
                            control_group.find("/ssh@") != std::string::npos;
    const bool is_service = control_group.starts_with("/system.slice/") || is_service_manager(control_group);
    if (is_service && !is_session) {
        return ProcessKind::system_service;
    }
    const bool waits_for_user = role == TerminalRole::session_leader || role == TerminalRole::login_shell ||
                                (role == TerminalRole::foreground && demand < max_demand_of_interactive);
    return waits_for_user ? ProcessKind::interactive : ProcessKind::ordinary;
}

balance::ProcessState describe_process(pid_t pid, const ProcessStat& stat, const ProcessStatus& status, double demand) {
    balance::ProcessState state;
    state.command = stat.name;
    state.user = status.users[0];
    state.control_group = systemd_group(try_to_read(pid, "cgroup").value_or(""));
    state.kind = kind_of(state.control_group, terminal_role(stat, status), demand);
    state.abi = abi_of(pid);
    if (status.threads > 1) {
        state.cant_move = "it has " + std::to_string(status.threads) + " threads";
    }
    state.demand = demand;
    return state;
}

bool ProcessSurvey::is_of_this_node(pid_t pid) const {
    if (group_.empty()) {
        return true;
    }
    const auto pids = processes_in(group_);
    return std::ranges::binary_search(pids, pid);
}

std::vector<pid_t> ProcessSurvey::processes() const {
    if (!group_.empty()) {
        return processes_in(group_);
    }
    std::vector<pid_t> pids;
    std::error_code error;
    for (std::filesystem::directory_iterator entry("/proc", error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string name = entry->path().filename();
        pid_t pid = 0;
        const auto [rest, failed] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (failed == std::errc() && rest == name.data() + name.size()) {
            pids.push_back(pid);
        }
    }
    return pids;
}

std::vector<ProcessSurvey::Found> ProcessSurvey::look(Instant now, const Known& known) {
    std::vector<Found> found;
    std::map<pid_t, Seen> seen;
    for (const pid_t pid : processes()) {
        const auto stat = try_to_find_process_stat(pid);
        if (!stat || (stat->flags & kernel_thread) != 0 || stat->state == 'Z' || known.left_out.contains(pid)) {
            continue;
        }
        const auto guest = known.guests.find(pid);
        const auto before = seen_.find(pid);
        Seen& its = seen[pid];
        if (before != seen_.end() && before->second.start_time == stat->start_time) {
            its = before->second;
        } else {
            its.start_time = stat->start_time;
            its.ticks = ticks_of(*stat);
            its.when = now;
            its.arrived = guest == known.guests.end() ? std::nullopt : std::optional(now);
        }
        if (const auto away = known.away.find(pid); away != known.away.end()) {
            its.away_at = away->second;
            its.ticks = ticks_of(*stat);
            its.when = now;
            continue;
        }
        if (const balance::NodeId node = std::exchange(its.away_at, 0); node != 0) {
            its.arrived = now;
            balance::remember_departure(its.former, {.node = node, .left = now, .pace = known.pace_of(node)});
        }
        auto state = measure(now, pid, *stat, its);
        if (!state) {
            continue;
        }
        state->id = {.home = known.own_node, .pid = pid};
        if (guest != known.guests.end()) {
            state->id = guest->second.id;
            state->user = guest->second.user;
            state->kind = ProcessKind::ordinary;
        }
        found.push_back({.pid = pid, .state = *std::move(state)});
    }
    ended_.clear();
    for (const auto& [pid, before] : seen_) {
        const auto after = seen.find(pid);
        if (after == seen.end() || after->second.start_time != before.start_time) {
            ended_.push_back(pid);
        }
    }
    seen_ = std::move(seen);
    return found;
}

std::string ProcessSurvey::why_left_out(pid_t pid, const Known& known) const {
    constexpr int percent = 100;
    const auto stat = try_to_find_process_stat(pid);
    if (!stat) {
        return "there is no such process";
    }
    if ((stat->flags & kernel_thread) != 0) {
        return "it is a thread of the kernel";
    }
    if (stat->state == 'Z') {
        return "it has ended";
    }
    if (known.left_out.contains(pid)) {
        return "it is a part of omd";
    }
    if (!is_of_this_node(pid)) {
        return "it belongs to another node of this machine";
    }
    if (const Instant used = processor_time_of(*stat); used < balance::tuning::min_age) {
        return "it has used " + std::to_string(in_milliseconds(used)) + " ms of a processor, and is looked at from " +
               std::to_string(in_milliseconds(balance::tuning::min_age)) + " ms on";
    }
    const auto seen = seen_.find(pid);
    if (seen != seen_.end() && seen->second.demand < balance::tuning::min_demand) {
        return "it computes in " + std::to_string(std::lround(seen->second.demand * percent)) +
               " % of its time, and is looked at from " +
               std::to_string(std::lround(balance::tuning::min_demand * percent)) + " % on";
    }
    return {};
}

std::optional<balance::ProcessState> ProcessSurvey::measure(Instant now, pid_t pid, const ProcessStat& stat,
                                                            Seen& seen) {
    const std::uint64_t ticks = ticks_of(stat);
    const double seconds = balance::to_seconds(now - seen.when);
    if (seconds > 0) {
        // What waits for a processor would use it, too.
        const double used = static_cast<double>(ticks - std::min(ticks, seen.ticks)) / ticks_per_second / seconds;
        const double demand = stat.state == 'R' ? 1 : std::min(used, 1.0);
        seen.demand += look_weight * (demand - seen.demand);
        seen.ticks = ticks;
        seen.when = now;
    }
    if (processor_time_of(stat) < balance::tuning::min_age || seen.demand < balance::tuning::min_demand) {
        return std::nullopt;
    }
    const std::optional<ProcessStatus> status = try_to_find_process_status(pid);
    if (!status || !status->has_memory) {
        return std::nullopt;
    }
    balance::ProcessState state = describe_process(pid, stat, *status, std::min(seen.demand, 1.0));
    state.processor_time = processor_time_of(stat);
    state.pages = count_pages(pid);
    const auto [calls, bytes] = count_calls(pid);
    const double run = static_cast<double>(ticks - std::min(ticks, seen.ticks_at_io)) / ticks_per_second;
    if (run > 0) {
        state.calls_per_second = static_cast<double>(calls - std::min(calls, seen.calls)) / run;
        state.call_bytes_per_second = static_cast<double>(bytes - std::min(bytes, seen.bytes)) / run;
    }
    seen.calls = calls;
    seen.bytes = bytes;
    seen.ticks_at_io = ticks;
    state.arrived = seen.arrived;
    state.former = seen.former;
    return state;
}

}  // namespace openmosix
