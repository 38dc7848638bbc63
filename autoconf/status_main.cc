// SPDX-License-Identifier: GPL-2.0-or-later
//
// clusterdisc-status: the first screen of a booted node.
#include <getopt.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string_view>

#include "child_program.h"
#include "common/exit_status.h"
#include "common/file.h"
#include "common/printable_text.h"
#include "live_screen.h"
#include "output/nodes_json.h"
#include "status_screen.h"

namespace clusterdisc {
namespace {

constexpr const char* usage =
    "Usage: clusterdisc-status [OPTION]...\n"
    "Show what this node is called, where it can be reached and where to go next.\n"
    "\n"
    "  --wait-for-address SECONDS  wait up to this long (0 to 3600) for a network address\n"
    "  --live                      show it again at each change, until a key is pressed\n"
    "  --plain                     no colours; the default unless on a terminal\n"
    "  --json                      the same as a JSON object, for programs\n"
    "  --settings DIRECTORY        what the boot parameters said (default /run/clusterdisc)\n"
    "  --cluster-state DIRECTORY   where omdiscd puts nodes.json (default /run/openmosix)\n"
    "  --release FILE              name and version of the disc (default /etc/clusterdisc-release)\n"
    "  --version                   print the version and end\n"
    "  --help                      print this help and end\n"
    "\n"
    "To log in from elsewhere, put your public key into ~/.ssh/authorized_keys. Everything is\n"
    "kept in memory and gone after switching off; no disk of this PC is written to.\n"
    "Boot parameters for the cluster: cluster=NAME clusterkey=SECRET nodeid=NUMBER\n"
    "netif=NAME,... sshkey=KEY nomigrate. Type them at the end of a boot menu entry.\n"
    "\n"
    "Exit status: 0 shown, 1 something could not be read or written, 2 wrong usage.\n";

struct Options {
    std::chrono::seconds max_wait{0};
    bool is_live = false;
    bool is_plain = false;
    bool is_json = false;
    std::string settings = "/run/clusterdisc";
    std::string cluster_state = "/run/openmosix";
    std::string release = "/etc/clusterdisc-release";
};

/// An end of the program that is not an error, or is one of usage.
struct EndWithStatus {
    int status;
};

std::chrono::seconds parse_seconds(std::string_view text) {
    constexpr unsigned longest = 3600;
    unsigned seconds = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped_at, error] = std::from_chars(text.data(), end, seconds);
    if (error != std::errc() || stopped_at != end || seconds > longest) {
        std::fputs("clusterdisc-status: --wait-for-address takes a whole number of seconds from 0 to 3600\n", stderr);
        throw EndWithStatus{exit_usage};
    }
    return std::chrono::seconds(seconds);
}

Options parse_options(int argument_count, char** arguments) {
    enum Option { wait_for_address = 1, live, plain, json, settings, cluster_state, release, version, help };
    static constexpr std::array<option, 10> known = {{
        {"wait-for-address", required_argument, nullptr, wait_for_address},
        {"live", no_argument, nullptr, live},
        {"plain", no_argument, nullptr, plain},
        {"json", no_argument, nullptr, json},
        {"settings", required_argument, nullptr, settings},
        {"cluster-state", required_argument, nullptr, cluster_state},
        {"release", required_argument, nullptr, release},
        {"version", no_argument, nullptr, version},
        {"help", no_argument, nullptr, help},
        {nullptr, 0, nullptr, 0},
    }};
    Options options;
    int choice = 0;
    while ((choice = ::getopt_long(argument_count, arguments, "", known.data(), nullptr)) != -1) {
        switch (choice) {
            case wait_for_address:
                options.max_wait = parse_seconds(optarg);
                break;
            case live:
                options.is_live = true;
                break;
            case plain:
                options.is_plain = true;
                break;
            case json:
                options.is_json = true;
                break;
            case settings:
                options.settings = optarg;
                break;
            case cluster_state:
                options.cluster_state = optarg;
                break;
            case release:
                options.release = optarg;
                break;
            case version:
                std::puts("clusterdisc-status " CLUSTERDISC_VERSION);
                throw EndWithStatus{exit_success};
            case help:
                std::fputs(usage, stdout);
                throw EndWithStatus{exit_success};
            default:
                std::fputs("Try clusterdisc-status --help.\n", stderr);
                throw EndWithStatus{exit_usage};
        }
    }
    if (optind < argument_count) {
        std::fprintf(stderr, "clusterdisc-status: unexpected argument %s\nTry clusterdisc-status --help.\n",
                     arguments[optind]);
        throw EndWithStatus{exit_usage};
    }
    if (options.is_live && options.is_json) {
        std::fputs("clusterdisc-status: --live shows a screen, so it does not go with --json\n", stderr);
        throw EndWithStatus{exit_usage};
    }
    return options;
}

const char* environment(const char* name, const char* otherwise) {
    const char* const value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : otherwise;
}

std::string nodes_path(const Options& options) {
    return options.cluster_state + "/nodes.json";
}

/// None when omdiscd does not run, or wrote something that cannot be read.
std::optional<ListedCluster> read_cluster(const std::string& path, std::vector<std::string>& problems) {
    try {
        const auto text = read_file(path, max_nodes_json);
        auto cluster = text ? parse_nodes_json(*text) : std::nullopt;
        if (text && !cluster) {
            problems.push_back(path + " is not as omdiscd writes it: systemctl restart omdiscd makes it anew");
        }
        return cluster;
    } catch (const std::system_error& error) {
        // The rest of the screen is worth showing nevertheless.
        problems.emplace_back(error.what());
        return std::nullopt;
    }
}

NodeStatus read_status(const Options& options, std::chrono::seconds max_wait) {
    constexpr std::size_t max_release_file = 65536;
    NodeStatus status;
    status.release = parse_release(read_file(options.release, max_release_file).value_or(""));
    utsname system{};
    ::uname(&system);
    status.host_name = std::begin(system.nodename);
    status.kernel_release = std::begin(system.release);
    status.user_name = environment("LOGNAME", "user");
    status.boot = read_boot_settings(BootSettingsPaths(options.settings));
    status.cluster = read_cluster(nodes_path(options), status.boot.problems);
    status.links = wait_for_reachable_address(max_wait);
    return status;
}

bool is_colour_terminal() {
    return ::isatty(STDOUT_FILENO) == 1 && std::strcmp(environment("TERM", "dumb"), "dumb") != 0;
}

void show_once(const Options& options) {
    const NodeStatus status = read_status(options, options.max_wait);
    const std::string text = options.is_json
                                 ? to_json(status)
                                 : to_screen(status, {.with_colour = !options.is_plain && is_colour_terminal()});
    if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
        throw std::runtime_error("cannot write to standard output");
    }
}

/// Does not wait for an address, as it shows it when it comes.
void show_live(const Options& options) {
    const bool with_colour = !options.is_plain && is_colour_terminal();
    const auto monitor = find_program("mosmon");
    const auto text = [&](bool is_live) {
        const NodeStatus status = read_status(options, std::chrono::seconds(0));
        return to_screen(status, {.with_colour = with_colour, .is_live = is_live, .has_monitor = monitor.has_value()});
    };
    LiveScreenEnd end;
    while ((end = show_until_key(text, nodes_path(options))).key == monitor_key && monitor) {
        run_program(*monitor);
    }
    if (end.signal != 0) {
        // Ends the program as if it had not been caught.
        ::raise(end.signal);
    }
}

void show(const Options& options) {
    options.is_live ? show_live(options) : show_once(options);
}

}  // namespace
}  // namespace clusterdisc

int main(int argument_count, char** arguments) {
    try {
        clusterdisc::show(clusterdisc::parse_options(argument_count, arguments));
        return clusterdisc::exit_success;
    } catch (const clusterdisc::EndWithStatus& end) {
        return end.status;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "clusterdisc-status: %s\n", error.what());
        return clusterdisc::exit_failure;
    }
}
