// SPDX-License-Identifier: GPL-2.0-or-later
//
// omdiscd: finds the other nodes of the cluster, agrees on node ids with them, and joins.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/cluster_settings.h"
#include "common/exit_status.h"
#include "common/file.h"
#include "common/secret_files.h"
#include "omdiscd/daemon.h"
#include "omdiscd/options.h"

namespace clusterdisc {
namespace {

/// Throws std::runtime_error with all that is wrong, one to a line.
Configuration read_configuration(const Options& options) {
    Configuration configuration;
    std::vector<std::string> problems;
    if (options.configuration_file.empty()) {
        read_openmosix_config(agent_configuration_file, configuration, problems);
        read_configuration_file(agent_configuration_file, false, configuration, problems);
        read_configuration_file(BootSettingsPaths(boot_settings_folder).node, false, configuration, problems);
    } else {
        read_openmosix_config(options.configuration_file, configuration, problems);
        read_configuration_file(options.configuration_file, true, configuration, problems);
    }
    for (const auto& set : options.settings) {
        set(configuration);
    }
    if (!problems.empty()) {
        std::string text;
        for (const std::string& problem : problems) {
            text += (text.empty() ? "" : "\n") + problem;
        }
        throw std::runtime_error(text);
    }
    if (configuration.name.empty()) {
        std::array<char, max_node_name + 1> name{};
        ::gethostname(name.data(), name.size() - 1);
        configuration.name = *name.data() == '\0' ? "unnamed" : name.data();
    }
    return configuration;
}

int run(const Options& options) {
    const auto load = [&options] {
        Configuration configuration = read_configuration(options);
        const SecretFiles files{.key = configuration.key_file, .passphrase = configuration.passphrase_file};
        KeyRing keys(read_secrets(files), configuration.cluster);
        return Daemon::Reloaded{.configuration = std::move(configuration), .keys = std::move(keys)};
    };
    Daemon::Reloaded loaded = load();
    if (options.action == Action::check) {
        std::printf("cluster %s, %zu key(s): fine\n", loaded.configuration.cluster.c_str(), loaded.keys.ids().size());
        return exit_success;
    }
    constexpr mode_t mode = 0755;
    make_folder(loaded.configuration.run_folder, mode);
    return Daemon(std::move(loaded.configuration), std::move(loaded.keys), load).run();
}

void complain(const std::string& lines) {
    std::size_t start = 0;
    while (start <= lines.size()) {
        const std::size_t end = std::min(lines.find('\n', start), lines.size());
        log_line(LogLevel::error, lines.substr(start, end - start));
        start = end + 1;
    }
}

}  // namespace
}  // namespace clusterdisc

int main(int argument_count, char** arguments) {
    using namespace clusterdisc;
    try {
        const Options options = parse_options(argument_count, arguments);
        if (!options.problems.empty()) {
            for (const std::string& problem : options.problems) {
                complain(problem);
            }
            return exit_usage;
        }
        if (options.action == Action::show_help) {
            std::fputs(omdiscd_usage, stdout);
            return exit_success;
        }
        if (options.action == Action::show_version) {
            std::puts("omdiscd " CLUSTERDISC_VERSION);
            return exit_success;
        }
        return run(options);
    } catch (const std::exception& error) {
        complain(error.what());
        return exit_failure;
    }
}
