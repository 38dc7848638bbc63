// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/program_placing.h"

#include <algorithm>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "balance/tuning.h"
#include "common/log.h"
#include "load/process_survey.h"

namespace openmosix {

namespace {

using balance::ProgramNeeds;
using clusterdisc::EventLoop;
using clusterdisc::Instant;

/// Decisions between two looks: each costs about as much as a look at all nodes.
constexpr unsigned max_placed_per_look = 8;

/// Whether a program that needs so much may be worth a decision: it computes, and not for too short.
bool is_worth_a_decision(const ProgramNeeds& needs) {
    return needs.work >= balance::to_seconds(balance::tuning::min_age) && needs.demand >= balance::tuning::min_demand;
}

}  // namespace

void ProgramPlacing::start(const std::string& network) {
    if (events_) {
        return;
    }
    try {
        events_.emplace(surroundings_.event, network, [this](const ProcessEvent& event) { take(event); });
        has_failed_ = false;
    } catch (const std::system_error& error) {
        if (!std::exchange(has_failed_, true)) {
            clusterdisc::log_line(
                clusterdisc::LogLevel::warning,
                std::string("new programs are not placed before they compute, as the kernel does not tell of them (") +
                    error.what() + "); that needs CONFIG_PROC_EVENTS and CAP_NET_ADMIN");
        }
    }
}

void ProgramPlacing::stop() {
    events_.reset();
    runs_.clear();
}

void ProgramPlacing::take(const ProcessEvent& event) {
    if (event.kind == ProcessEvent::Kind::executed) {
        executed(event.pid);
        return;
    }
    if (balance::MovePlanner* const planner = surroundings_.planner()) {
        planner->process_ended(event.pid);
    }
    const auto run = runs_.find(event.pid);
    if (run == runs_.end()) {
        return;
    }
    if (event.kind == ProcessEvent::Kind::killed) {
        // It needed more, and nobody knows how much.
        runs_.erase(run);
    } else {
        ended(EventLoop::now(), run);
    }
}

void ProgramPlacing::executed(pid_t pid) {
    const Instant now = EventLoop::now();
    balance::MovePlanner* const planner = surroundings_.planner();
    const auto stat = try_to_find_process_stat(pid);
    std::uint64_t uncounted = 0;
    if (const auto former = runs_.find(pid); former != runs_.end()) {
        if (stat && stat->start_time == former->second.start_time) {
            uncounted = former->second.uncounted;
            ended(now, former);
        } else {
            // It belongs to a process that had this number before and whose end was not heard.
            runs_.erase(former);
        }
    }
    if (planner == nullptr || !stat || !surroundings_.is_of_this_node(pid)) {
        return;
    }
    planner->process_started(pid);
    if (runs_.size() >= max_runs) {
        ended(now, std::ranges::min_element(runs_, {},
                                            [](const Runs::value_type& item) { return item.second.run.started(); }));
    }
    // Most are forked just before, and have done nothing yet that would have to be left out.
    balance::ProgramUse start{.time = now, .processor_time = processor_time_of(*stat)};
    if (start.processor_time > Instant::zero()) {
        start = measure(now, pid, *stat);
    }
    runs_.emplace(pid, Run{.command = stat->name,
                           .start_time = stat->start_time,
                           .run = balance::ProgramRun(start, surroundings_.own_speed()),
                           .uncounted = uncounted});
    const auto known = planner->commands().find(stat->name);
    if ((!known || is_worth_a_decision(*known)) && placed_since_look_ < max_placed_per_look) {
        ++placed_since_look_;
        try {
            surroundings_.place(pid, *stat, known);
        } catch (const std::runtime_error&) {
            // It ends just now, and its files in /proc are half gone.
        }
    }
}

void ProgramPlacing::look(Instant now) {
    placed_since_look_ = 0;
    for (auto next = runs_.begin(); next != runs_.end();) {
        const auto each = next++;
        Run& run = each->second;
        if (now < run.run.next_look()) {
            continue;
        }
        const auto stat = try_to_find_process_stat(each->first);
        if (!stat || stat->start_time != run.start_time) {
            // The kernel has told of its end and was not heard.
            runs_.erase(each);
        } else if (stat->state != 'Z') {
            run.run.look(measure(now, each->first, *stat));
        }
    }
}

void ProgramPlacing::ended(Instant now, Runs::iterator run) {
    if (balance::MovePlanner* const planner = surroundings_.planner()) {
        const std::string& command = run->second.command;
        planner->program_ended(command, run->second.run.needs(now, planner->commands().expected(command)));
    }
    runs_.erase(run);
}

void ProgramPlacing::add_elsewhere(const ProcessorTimeRequest& request, std::uint32_t speed, bool is_counted) {
    const auto found = runs_.find(request.pid);
    if (found == runs_.end() || found->second.start_time != request.start_time) {
        return;
    }
    Run& run = found->second;
    const std::uint64_t all = request.user + request.system;
    const std::uint64_t more = all - std::min(all, run.uncounted);
    run.uncounted = is_counted ? 0 : std::max(run.uncounted, all);
    const auto to_instant = [](std::uint64_t nanoseconds) {
        return std::chrono::duration_cast<Instant>(std::chrono::nanoseconds(nanoseconds));
    };
    run.run.add_elsewhere(to_instant(more), speed, is_counted ? to_instant(all) : Instant::zero());
}

balance::ProgramUse ProgramPlacing::measure(Instant now, pid_t pid, const ProcessStat& stat) {
    const CallCount calls = count_calls(pid);
    const bool is_traced = stat.state == 't';
    return {.time = now,
            .processor_time = processor_time_of(stat),
            .calls = calls.calls,
            .call_bytes = calls.bytes,
            .pages = is_traced ? 0 : count_pages(pid),
            .is_runnable = stat.state == 'R',
            .is_traced = is_traced};
}

}  // namespace openmosix
