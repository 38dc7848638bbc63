// SPDX-License-Identifier: GPL-2.0-or-later
// How the supervision of a guest ends: when omd wants it to go home, and what the log says of it.
#include <exception>
#include <system_error>

#include "common/log.h"
#include "peer/handshake.h"
#include "supervisor/guest_supervisor.h"

namespace openmosix {

void GuestSupervisor::log(clusterdisc::LogLevel level, const std::string& what) const {
    clusterdisc::log_line(level, "guest from node " + std::to_string(options_.peer_node) + ", process " +
                                     std::to_string(prepare_.pid) + " (" + prepare_.name + ") there: " + what);
}

void GuestSupervisor::open_control() {
    try {
        control_ = std::make_unique<ControlChannel>(options_.run_folder, guest_channel_name(body_->pid()), -1);
    } catch (const std::system_error& error) {
        log(clusterdisc::LogLevel::warning, std::string("it cannot be sent home from here: ") + error.what());
    }
}

void GuestSupervisor::handle_commands() {
    if (!control_) {
        return;
    }
    for (const Command& command : control_->receive()) {
        if (command.kind != Command::Kind::home) {
            ControlChannel::answer(command, "it is a guest, which can only be sent home");
            continue;
        }
        const bool is_first = waiting_commands_.empty();
        waiting_commands_.push_back(command);
        if (is_first && (state_ == State::running || state_ == State::in_call)) {
            home_->send(Recall{});
        }
    }
}

void GuestSupervisor::end_guest(const std::string& reason) {
    if (body_) {
        body_->kill();
    }
    page_thread_.reset();
    state_file_.reset();
    for (const Command& command : waiting_commands_) {
        ControlChannel::answer(command, reason);
    }
}

bool GuestSupervisor::run() {
    try {
        serve();
        end_guest({});
        return true;
    } catch (const NotAuthenticated&) {
        // Whoever it is, omd limits how often that is logged.
        throw;
    } catch (const std::exception& error) {
        const bool is_ordinary = home_ && is_home_done();
        log(is_ordinary ? clusterdisc::LogLevel::info : clusterdisc::LogLevel::warning, error.what());
        end_guest(is_ordinary ? std::string() : "it was lost on its way home: " + std::string(error.what()));
        return is_ordinary;
    }
}

bool GuestSupervisor::is_home_done() {
    try {
        for (const auto deadline = in_seconds(1);;) {
            if (home_->receive_until(deadline).kind == MessageKind::over) {
                return true;
            }
        }
    } catch (const PeerClosed&) {
        // Before the process runs here nothing depends on us.
        return state_ == State::ready;
    } catch (const PeerError&) {
        return false;
    }
}

}  // namespace openmosix
