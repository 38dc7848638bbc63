// SPDX-License-Identifier: GPL-2.0-or-later
// How the supervision of a guest ends, and what the log says of it.
#include <exception>

#include "common/log.h"
#include "peer/handshake.h"
#include "supervisor/guest_supervisor.h"

namespace openmosix {

void GuestSupervisor::log(clusterdisc::LogLevel level, const std::string& what) const {
    clusterdisc::log_line(level, "guest from node " + std::to_string(options_.peer_node) + ", process " +
                                     std::to_string(prepare_.pid) + " (" + prepare_.name + ") there: " + what);
}

bool GuestSupervisor::run() {
    try {
        serve();
        return true;
    } catch (const NotAuthenticated&) {
        // Whoever it is, omd limits how often that is logged.
        throw;
    } catch (const std::exception& error) {
        const bool is_ordinary = home_ && is_home_done();
        log(is_ordinary ? clusterdisc::LogLevel::info : clusterdisc::LogLevel::warning, error.what());
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
