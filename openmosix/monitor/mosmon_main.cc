// SPDX-License-Identifier: GPL-2.0-or-later
//
// mosmon and mtop: show at a terminal the nodes of the cluster, and the processes of this one.
#include <csignal>
#include <cstdio>
#include <exception>
#include <span>

#include "common/exit_status.h"
#include "common/signal_state.h"
#include "monitor/monitor.h"
#include "monitor/monitor_options.h"
#include "monitor/text_output.h"

namespace openmosix::monitor {
namespace {

/// Returns 0 or the signal that has ended it.
int show(const MonitorOptions& options) {
    Monitor monitor(options);
    return monitor.run();
}

int run(const char* name, const MonitorOptions& options) {
    using Action = MonitorOptions::Action;
    if (!options.problem.empty()) {
        std::fprintf(stderr, "%s: %s\nTry %s --help.\n", name, options.problem.c_str(), name);
        return clusterdisc::exit_usage;
    }
    switch (options.action) {
        case Action::show_help:
            std::fputs(usage_of_program(name), stdout);
            return clusterdisc::exit_success;
        case Action::show_version:
            std::printf("%s " OPENMOSIX_VERSION "\n", name);
            return clusterdisc::exit_success;
        case Action::print:
            print_processes(options);
            return clusterdisc::exit_success;
        case Action::show:
            break;
    }
    if (const int signal = show(options); signal != 0) {
        // Ends the program as if it had not been caught.
        clusterdisc::reset_signals();
        ::raise(signal);
    }
    return clusterdisc::exit_success;
}

}  // namespace
}  // namespace openmosix::monitor

int main(int argument_count, char** arguments) {
    using namespace openmosix::monitor;
    const std::span words(arguments, static_cast<std::size_t>(argument_count));
    const char* const name = name_of_program(words);
    try {
        return run(name, parse_monitor_options(words));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", name, error.what());
        return clusterdisc::exit_failure;
    }
}
