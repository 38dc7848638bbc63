// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <deque>
#include <set>
#include <string>
#include <vector>

#include "common/event_loop.h"
#include "output/membership_events.h"

namespace clusterdisc {

/// Runs the hooks: for each event every program of a folder, by name, one at a time, without holding up the loop.
///
/// Taken are the names that run-parts(8) takes (letters, digits, `_` and `-`); the file must belong to root or to us
/// and be writable by nobody else. Each gets the event as arguments (EVENT ID ADDRESS NAME) and in the environment
/// (OPENMOSIX_EVENT, _NODE, _ADDRESS, _NAME, _RUN_DIR), and 30 seconds.
class HookRunner {
public:
    HookRunner(sd_event* event, std::string folder, std::string run_folder);
    HookRunner(const HookRunner&) = delete;
    HookRunner& operator=(const HookRunner&) = delete;
    HookRunner(HookRunner&&) = delete;
    HookRunner& operator=(HookRunner&&) = delete;
    /// Ends the program that runs.
    ~HookRunner();

    /// Takes the event for later; drops the oldest one when far too many wait.
    void run(const MembershipEvent& event);

private:
    struct Job {
        std::string program;
        MembershipEvent event;
    };

    static int on_exit(sd_event_source* source, const siginfo_t* status, void* self);
    void start_next();
    void expand_next_event();
    /// A program that cannot be started is reported.
    void start(const Job& job);
    void end(const siginfo_t& status);
    void stop();

    sd_event* event_;
    std::string folder_;
    std::string run_folder_;
    std::deque<MembershipEvent> events_;
    /// What is left to do for the event whose turn it is.
    std::deque<Job> waiting_;
    std::size_t lost_ = 0;
    std::set<std::string> reported_;
    std::string program_;
    pid_t running_ = 0;
    EventSource child_;
    Timer deadline_;
    EventSource again_;
};

/// The programs of a hooks folder in the order in which they run; `problems`: what is wrong with those left out.
std::vector<std::string> hook_programs(const std::string& folder, std::vector<std::string>& problems);

}  // namespace clusterdisc
