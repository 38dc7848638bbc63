// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/process_model.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>
#include <utility>

#include "control/process_list.h"
#include "monitor/figures_text.h"

namespace openmosix::monitor {

namespace {

using Place = ProcessFacts::Place;
using clusterdisc::NodeId;

constexpr std::uint64_t nanoseconds_per_millisecond = 1'000'000;

/// What omd says of a process.
struct Told {
    const nlohmann::json* state = nullptr;
    bool is_guest = false;
};

std::map<std::uint64_t, Told> told_by_pid(const nlohmann::json& list) {
    std::map<std::uint64_t, Told> told;
    for (const auto& [key, is_guest] : {std::pair("processes", false), std::pair("guests", true)}) {
        const auto states = list.find(key);
        if (states == list.end() || !states->is_array()) {
            continue;
        }
        for (const auto& state : *states) {
            told[number_in(state, "pid")] = {.state = &state, .is_guest = is_guest};
        }
    }
    return told;
}

Place place_of(const Told& told) {
    static constexpr std::array<std::pair<const char*, Place>, 4> words = {
        {{"moving", Place::moving}, {"away", Place::away}, {"lost", Place::lost}, {"home", Place::home}}};
    if (told.is_guest) {
        return Place::guest;
    }
    const std::string word = text_in(*told.state, "state");
    const auto* const found = std::ranges::find(words, word, &std::pair<const char*, Place>::first);
    return found == words.end() ? Place::home : found->second;
}

void add_told(const Told& told, const ProcessModel::Moment& moment, ProcessFacts& facts) {
    const nlohmann::json& state = *told.state;
    facts.place = place_of(told);
    facts.home = static_cast<NodeId>(number_in(state, "home", clusterdisc::last_node_id));
    facts.home_pid = number_in(state, "home_pid");
    facts.node = static_cast<NodeId>(number_in(state, "node", clusterdisc::last_node_id));
    facts.moves = number_in(state, "moves");
    facts.reason = text_in(state, "reason");
    facts.name = text_in(state, "name");
    const std::uint64_t now = moment.milliseconds / milliseconds_per_second;
    facts.seconds_there = now - std::min(number_in(state, "since"), now);
    if (!moment.has_time_of_all_nodes) {
        constexpr std::uint64_t max_time = std::uint64_t{1} << 62U;
        facts.used_milliseconds +=
            (number_in(state, "user_elsewhere", max_time) + number_in(state, "system_elsewhere", max_time)) /
            nanoseconds_per_millisecond;
    }
}

ProcessFacts to_process(const ProcessSample& sample, const ProcessModel::Moment& moment) {
    const std::uint64_t second = std::max<std::uint64_t>(moment.ticks_per_second, 1);
    const std::uint64_t now = moment.milliseconds / milliseconds_per_second;
    ProcessFacts facts;
    facts.key = sample.key;
    facts.name = sample.name;
    facts.user = sample.user;
    facts.home = moment.own;
    facts.node = moment.own;
    facts.seconds_there = now - std::min(sample.key.start_time / second, now);
    facts.used_milliseconds = sample.used_ticks * milliseconds_per_second / second;
    return facts;
}

}  // namespace

const char* name_of(ProcessOrder order) {
    static constexpr std::array<const char*, 5> names = {"CPU", "TIME", "NODE", "USER", "PID"};
    return names.at(static_cast<std::size_t>(order));
}

void ProcessModel::measure(ProcessFacts& facts, const Moment& moment) {
    // A node reports what a guest has used every two seconds, a silent one every sixteen.
    constexpr std::uint64_t max_silence = 20 * milliseconds_per_second;
    constexpr double all = 100;
    const auto [found, is_new] = usage_.try_emplace(facts.key);
    Usage& usage = found->second;
    if (is_new) {
        usage = {.milliseconds = facts.used_milliseconds, .when = moment.milliseconds, .percent = 0};
        return;
    }
    const std::uint64_t elapsed = moment.milliseconds - std::min(usage.when, moment.milliseconds);
    const std::uint64_t more = facts.used_milliseconds - std::min(usage.milliseconds, facts.used_milliseconds);
    const bool may_be_silent = facts.place == Place::away || facts.place == Place::moving;
    if (elapsed > 0 && (more > 0 || !may_be_silent || elapsed > max_silence)) {
        usage = {.milliseconds = facts.used_milliseconds,
                 .when = moment.milliseconds,
                 .percent = all * static_cast<double>(more) / static_cast<double>(elapsed)};
    }
    facts.percent = usage.percent;
}

void ProcessModel::take(const nlohmann::json& list, std::span<const ProcessSample> samples, const Moment& moment) {
    const auto told = told_by_pid(list);
    std::set<ProcessKey> living;
    processes_.clear();
    for (const ProcessSample& sample : samples) {
        ProcessFacts& facts = processes_.emplace_back(to_process(sample, moment));
        const auto found = told.find(static_cast<std::uint64_t>(sample.key.pid));
        if (found != told.end()) {
            add_told(found->second, moment, facts);
        }
        measure(facts, moment);
        living.insert(sample.key);
    }
    std::erase_if(usage_, [&living](const auto& usage) { return !living.contains(usage.first); });
}

std::vector<ProcessFacts> ProcessModel::sorted(ProcessOrder order, bool only_moved) const {
    std::vector<ProcessFacts> processes = processes_;
    if (only_moved) {
        std::erase_if(processes, [](const ProcessFacts& facts) { return facts.place == Place::here; });
    }
    const auto rank = [order](const ProcessFacts& facts) {
        switch (order) {
            case ProcessOrder::processor_use:
                return -facts.percent;
            case ProcessOrder::processor_time:
                return -static_cast<double>(facts.used_milliseconds);
            case ProcessOrder::node:
                return static_cast<double>(facts.node);
            case ProcessOrder::user:
            case ProcessOrder::pid:
                break;
        }
        return 0.0;
    };
    std::ranges::sort(processes, [&](const ProcessFacts& one, const ProcessFacts& other) {
        const bool by_user = order == ProcessOrder::user;
        const std::string none;
        return std::forward_as_tuple(rank(one), by_user ? one.user : none, one.key) <
               std::forward_as_tuple(rank(other), by_user ? other.user : none, other.key);
    });
    return processes;
}

}  // namespace openmosix::monitor
