// SPDX-License-Identifier: GPL-2.0-or-later
// A process whose state cannot be had any more: it ends, and whoever waits for something of it is told first.
#include <csignal>

#include "common/log.h"
#include "supervisor/home_supervisor.h"
#include "tracee/process_end.h"

namespace openmosix {

void HomeSupervisor::end_process(int signal) {
    count_last_time_elsewhere();
    log(clusterdisc::LogLevel::info,
        "was ended on node " + std::to_string(last_ ? last_->node : 0) + " by signal " + std::to_string(signal));
    std::vector<Deputy::Event> events;
    deputy_->halt(events);
    if (signal == SIGKILL || where_ == Where::done) {
        ::kill(options_.pid, SIGKILL);
    } else {
        tracee_->set_signal_mask(0);
        ::kill(options_.pid, signal);
        tracee_->run();
        for (;;) {
            const Stop stop = tracee_->wait();
            if (stop.kind == Stop::Kind::ended) {
                break;
            }
            tracee_->run(stop.kind == Stop::Kind::signal && stop.signal == signal ? signal : 0);
        }
    }
    where_ = Where::done;
}

void HomeSupervisor::lose_peer(const std::string& why) {
    if (has_ended_by_itself()) {
        // On which side that is seen first is chance.
        report_end();
        page_thread_.reset();
        return;
    }
    page_thread_.reset();
    const std::string node = "node " + std::to_string(last_ ? last_->node : 0);
    log(clusterdisc::LogLevel::warning, "lost its connection to " + node + ": " + why);
    if (where_ == Where::away && fallback_ && !has_discarded_) {
        const ProcessImage image = *fallback_;
        std::vector<Deputy::Event> events;
        deputy_->halt(events);
        std::vector<siginfo_t> signals;
        for (const Deputy::Event& event : events) {
            signals.insert(signals.end(), event.signals.begin(), event.signals.end());
            if (event.kind == Deputy::Event::Kind::ended) {
                report_end();
                return;
            }
        }
        log(clusterdisc::LogLevel::info, "continues at home from where it left: nothing that it did since was seen");
        resume_here(image, &signals);
        answer_commands(node + " is lost (" + why + "); it continues at home");
        return;
    }
    end_lost_process(node + " is lost with it: " + why);
}

bool HomeSupervisor::lose_process(const std::string& why) {
    if (where_ != Where::away && where_ != Where::arriving && where_ != Where::in_home_call) {
        const bool is_gone = has_ended(options_.pid);
        if (is_gone) {
            report_end();
        }
        return is_gone;
    }
    if (has_ended_by_itself()) {
        report_end();
    } else {
        end_lost_process(page_thread_ && page_thread_->has_failed() ? page_thread_->error() : why);
    }
    page_thread_.reset();
    return true;
}

bool HomeSupervisor::has_ended_by_itself() const {
    return has_ended(options_.pid) && !(page_thread_ && page_thread_->has_failed());
}

void HomeSupervisor::report_end() {
    where_ = Where::done;
    log(clusterdisc::LogLevel::info, "has ended");
    answer_commands(ProcessEnded().what());
}

void HomeSupervisor::end_lost_process(const std::string& why) {
    // First of all: nothing that follows may let it go on with memory and registers that are not its own.
    ::kill(options_.pid, SIGKILL);
    where_ = Where::done;
    answer_commands("it is lost and was killed: " + why);
    log(clusterdisc::LogLevel::warning, "is lost and was killed: " + why);
    write_state("lost", why);
}

}  // namespace openmosix
