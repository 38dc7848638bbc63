// SPDX-License-Identifier: GPL-2.0-or-later
//
// clusterdisc-boot-parameters: reads the boot parameters once, early at boot, and puts them where the agent
// reads them (see boot_settings.h).
#include <getopt.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>

#include "boot_settings.h"
#include "common/exit_status.h"
#include "common/file.h"
#include "kernel_command_line.h"

namespace clusterdisc {
namespace {

constexpr const char* usage =
    "Usage: clusterdisc-boot-parameters [OPTION]...\n"
    "Read ClusterDisc's boot parameters and put them where its programs look for them.\n"
    "\n"
    "  --command-line FILE  the kernel command line (default /proc/cmdline)\n"
    "  --medium DIRECTORY   the medium, for its clusterdisc/cluster.key (default /run/live/medium)\n"
    "  --output DIRECTORY   where node.toml, problems, cluster.key or passphrase, and\n"
    "                       authorized_keys are put\n"
    "                       (default /run/clusterdisc)\n"
    "  --version            print the version and end\n"
    "  --help               print this help and end\n"
    "\n"
    "A parameter with a bad value is reported and left at its default; the exit status is 0.\n"
    "Exit status: 0 done, 1 something could not be read or written, 2 wrong usage.\n";

struct Options {
    std::string command_line = "/proc/cmdline";
    std::string medium = "/run/live/medium";
    std::string output = "/run/clusterdisc";
};

/// journald takes a priority from the start of a line (sd-daemon(3)); a person would only be puzzled by it.
const char* warning_prefix() {
    return std::getenv("JOURNAL_STREAM") != nullptr ? "<4>" : "clusterdisc-boot-parameters: ";
}

void apply(const Options& options) {
    // More than is accepted: a line that is too long is one of the problems, not an error here.
    const auto command_line = read_file(options.command_line, 4 * max_command_line);
    if (!command_line) {
        throw std::runtime_error(options.command_line + " does not exist: is /proc mounted?");
    }
    const BootParameters parameters = parse_boot_parameters(*command_line);
    std::vector<std::string> problems = parameters.problems;
    const auto secret = choose_secret(parameters, options.medium, problems);
    write_boot_settings(BootSettingsPaths(options.output), parameters.settings, secret, parameters.ssh_key, problems);
    for (const std::string& problem : problems) {
        std::fprintf(stderr, "%s%s\n", warning_prefix(), problem.c_str());
    }
}

int run(int argument_count, char** arguments) {
    enum Option { command_line = 1, medium, output, version, help };
    static constexpr std::array<option, 6> known = {{
        {"command-line", required_argument, nullptr, command_line},
        {"medium", required_argument, nullptr, medium},
        {"output", required_argument, nullptr, output},
        {"version", no_argument, nullptr, version},
        {"help", no_argument, nullptr, help},
        {nullptr, 0, nullptr, 0},
    }};
    Options options;
    while (true) {
        switch (::getopt_long(argument_count, arguments, "", known.data(), nullptr)) {
            case command_line:
                options.command_line = optarg;
                continue;
            case medium:
                options.medium = optarg;
                continue;
            case output:
                options.output = optarg;
                continue;
            case version:
                std::puts("clusterdisc-boot-parameters " CLUSTERDISC_VERSION);
                return exit_success;
            case help:
                std::fputs(usage, stdout);
                return exit_success;
            case -1:
                break;
            default:
                std::fputs("Try clusterdisc-boot-parameters --help.\n", stderr);
                return exit_usage;
        }
        break;
    }
    if (optind < argument_count) {
        std::fprintf(stderr, "clusterdisc-boot-parameters: unexpected argument %s\n%s", arguments[optind],
                     "Try clusterdisc-boot-parameters --help.\n");
        return exit_usage;
    }
    apply(options);
    return exit_success;
}

}  // namespace
}  // namespace clusterdisc

int main(int argument_count, char** arguments) {
    try {
        return clusterdisc::run(argument_count, arguments);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "clusterdisc-boot-parameters: %s\n", error.what());
        return clusterdisc::exit_failure;
    }
}
