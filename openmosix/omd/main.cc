// SPDX-License-Identifier: GPL-2.0-or-later
//
// omd: moves processes between the nodes of the cluster.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

#include "common/cluster_settings.h"
#include "common/exit_status.h"
#include "common/file.h"
#include "common/log.h"
#include "omd/daemon.h"
#include "omd/options.h"
#include "omd/subcommands.h"
#include "tracee/time_slices.h"

namespace openmosix {
namespace {

Daemon::Reloaded load(const Options& options) {
    Configuration configuration = read_configuration(options.configuration_file);
    clusterdisc::ClusterSettings& cluster = configuration.cluster;
    if (!options.key_file.empty() || !options.passphrase_file.empty()) {
        cluster.key_file = options.key_file;
        cluster.passphrase_file = options.passphrase_file;
    }
    if (!options.cluster_name.empty()) {
        cluster.cluster = options.cluster_name;
    }
    if (options.listen && options.listen->port != 0) {
        configuration.port = options.listen->port;
    }
    clusterdisc::KeyRing keys = clusterdisc::read_key_ring(cluster);
    return {.configuration = std::move(configuration), .keys = std::move(keys)};
}

int check(const Options& options) {
    const auto loaded = load(options);
    std::printf("cluster %s, %zu key(s): fine\n", loaded.configuration.cluster.cluster.c_str(),
                loaded.keys.ids().size());
    return clusterdisc::exit_success;
}

int run(const Options& options) {
    if (::geteuid() != 0) {
        throw std::runtime_error("omd must be run by root, as it moves processes of all users");
    }
    constexpr mode_t mode = 0755;
    clusterdisc::make_folder(options.run_folder, mode);
    prefer_short_slices();
    return Daemon(options, [options] { return load(options); }).run();
}

int act(const Options& options) {
    switch (options.action) {
        case Action::show_help:
            std::fputs(omd_usage, stdout);
            return clusterdisc::exit_success;
        case Action::show_version:
            std::puts("omd " OPENMOSIX_VERSION);
            return clusterdisc::exit_success;
        case Action::check:
            return check(options);
        case Action::status:
            return status_main(options.run_folder);
        case Action::image:
            return image_main(options.words);
        case Action::restart:
            return restart_main(options.words);
        case Action::run:
            break;
    }
    return run(options);
}

void complain(const Options& options, const std::string& lines) {
    // Whoever runs a subcommand sits at a terminal.
    const bool is_daemon = options.action == Action::run;
    for (std::size_t start = 0; start <= lines.size();) {
        const std::size_t end = std::min(lines.find('\n', start), lines.size());
        const std::string line = lines.substr(start, end - start);
        if (is_daemon) {
            clusterdisc::log_line(clusterdisc::LogLevel::error, line);
        } else {
            std::fprintf(stderr, "omd: %s\n", line.c_str());
        }
        start = end + 1;
    }
}

}  // namespace
}  // namespace openmosix

int main(int argument_count, char** arguments) {
    using namespace openmosix;
    // A log that nobody reads any more must not end us.
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
    Options options;
    try {
        options = parse_options(argument_count, arguments);
        for (const std::string& problem : options.problems) {
            std::fprintf(stderr, "omd: %s\n", problem.c_str());
        }
        return options.problems.empty() ? act(options) : clusterdisc::exit_usage;
    } catch (const std::exception& error) {
        complain(options, error.what());
        return clusterdisc::exit_failure;
    }
}
