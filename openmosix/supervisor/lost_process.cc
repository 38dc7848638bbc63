// SPDX-License-Identifier: GPL-2.0-or-later
#include <csignal>

#include "common/log.h"
#include "supervisor/home_supervisor.h"

namespace openmosix {

void HomeSupervisor::lose_process(const std::string& why) {
    if (where_ != Where::away && where_ != Where::arriving && where_ != Where::in_home_call) {
        // It is whole, and goes on when it is let go.
        throw;
    }
    // First of all: nothing that follows may let it go on with memory and registers that are not its own.
    ::kill(options_.pid, SIGKILL);
    where_ = Where::done;
    page_thread_.reset();
    clusterdisc::log_line(clusterdisc::LogLevel::warning, "process " + std::to_string(options_.pid) + " (" +
                                                              state_.name + ") is lost, and was killed: " + why);
    write_state("lost", why);
    answer_commands("the process is lost: " + why);
}

}  // namespace openmosix
