// SPDX-License-Identifier: GPL-2.0-or-later
#include <poll.h>

#include <array>

#include "freeze/address_space_call.h"
#include "freeze/freezer.h"
#include "peer/connection.h"
#include "signals/child_signal.h"
#include "supervisor/home_supervisor.h"

namespace openmosix {

void HomeSupervisor::handle_at_home(const Stop& stop) {
    switch (stop.kind) {
        case Stop::Kind::ended:
            where_ = Where::done;
            return;
        case Stop::Kind::exec:
            if (where_ == Where::waiting_for_exec || where_ == Where::in_home_call) {
                place_entry_breakpoint();
                where_ = Where::waiting_for_entry;
            }
            tracee_->run();
            return;
        case Stop::Kind::signal:
            if (where_ == Where::waiting_for_entry && is_at_entry(stop)) {
                leave_again();
                return;
            }
            hide_interruption(*tracee_, stop);
            if (where_ == Where::in_home_call) {
                tracee_->run_to_call(stop.signal);
            } else {
                tracee_->run(stop.signal);
            }
            return;
        case Stop::Kind::group:
            tracee_->listen();
            return;
        case Stop::Kind::call:
            hide_interruption(*tracee_, stop);
            // The entry, then the exit.
            if (where_ == Where::in_home_call && ++calls_seen_ == 2) {
                // One that has returned from a handler into the clock code stays stopped until it is frozen: running,
                // it could be interrupted there again, and would have to come home for that again.
                if (!vdso_.is_in_clock_code(tracee_->registers().instruction_pointer())) {
                    tracee_->run();
                }
                leave_again();
                return;
            }
            break;
        case Stop::Kind::interrupted:
            hide_interruption(*tracee_, stop);
            break;
        case Stop::Kind::seccomp:
            break;
    }
    if (where_ == Where::in_home_call) {
        tracee_->run_to_call();
    } else {
        tracee_->run();
    }
}

void HomeSupervisor::handle_arriving(const Stop& stop) {
    switch (stop.kind) {
        case Stop::Kind::ended:
            if (page_thread_ && page_thread_->has_failed()) {
                end_lost_process("not all of its memory came home: " + page_thread_->error());
            }
            where_ = Where::done;
            return;
        case Stop::Kind::group:
            tracee_->listen();
            return;
        case Stop::Kind::signal:
            forget_deadline_of_ended_call(stop);
            hide_interruption(*tracee_, stop);
            tracee_->run_to_call(stop.signal);
            return;
        case Stop::Kind::call: {
            forget_deadline_of_ended_call(stop);
            // It would lose pages that are still on their way.
            if (tracee_->is_at_call_entry() && is_address_space_call(tracee_->registers())) {
                is_held_ = true;
                is_frozen_ = true;
                return;
            }
            hide_interruption(*tracee_, stop);
            break;
        }
        case Stop::Kind::interrupted:
            hide_interruption(*tracee_, stop);
            break;
        case Stop::Kind::seccomp:
        case Stop::Kind::exec:
            break;
    }
    tracee_->run_to_call();
}

bool HomeSupervisor::wait_for_pages() {
    constexpr int milliseconds = 1000;
    for (;;) {
        std::array<pollfd, 2> waits{pollfd{all_here_.number(), POLLIN, 0}, pollfd{page_thread_->finished(), POLLIN, 0}};
        const int ready = poll_with_child_signal(waits, milliseconds);
        if (ready > 0 && waits[0].revents != 0) {
            return true;
        }
        if (page_thread_->has_failed()) {
            throw PeerError(page_thread_->error());
        }
        const auto stop = tracee_->poll();
        if (stop && stop->kind == Stop::Kind::ended) {
            return false;
        }
    }
}

}  // namespace openmosix
