// SPDX-License-Identifier: GPL-2.0-or-later
//
// setpe: checks and prints node maps. The map itself is made by omdiscd.
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>
#include <vector>

#include "common/exit_status.h"
#include "common/file.h"
#include "common/node_map.h"
#include "common/printable_text.h"
#include "control/client.h"

namespace openmosix {
namespace {

constexpr const char* usage =
    "Usage: setpe -r [-f FILE|-]      print the map of the cluster\n"
    "       setpe -c [-f FILE|-]      check a map (default: standard input)\n"
    "Check and print node maps. omdiscd makes the map by itself: -w, -W and -off change nothing\n"
    "and say how to do that.\n"
    "\n"
    "  -p ID, -g NUMBER, -n NAME  are taken, and do nothing here\n"
    "  --run-dir DIRECTORY  where the map is (default /run/openmosix, or $OMD_RUN_DIR)\n"
    "  --version            print the version and end\n"
    "  --help               print this help and end\n"
    "\n"
    "Exit status: 0 printed, or the map is right; 1 it is not, there is none, or nothing was\n"
    "changed; 2 wrong usage.\n";

struct SetpeOptions {
    enum class Action : std::uint8_t { none, print, check, set, off, show_help, show_version };
    Action action = Action::none;
    std::string run_folder = usual_run_folder();
    /// Empty: the usual one.
    std::string file;
    std::string problem;
};

using Action = SetpeOptions::Action;

void take_option(std::span<char* const> arguments, std::size_t& next, SetpeOptions& options) {
    const std::string_view word = arguments[next++];
    const auto value = [&] {
        if (next >= arguments.size()) {
            options.problem = "option " + std::string(word) + " needs a value";
            return std::string();
        }
        return std::string(arguments[next++]);
    };
    if (word == "-r" || word == "-c") {
        options.action = word == "-r" ? Action::print : Action::check;
    } else if (word == "-w" || word == "-W") {
        // As in openMosix, -c says that it is only checked.
        options.action = options.action == Action::check ? Action::check : Action::set;
    } else if (word == "-off") {
        options.action = Action::off;
    } else if (word == "-f") {
        options.file = value();
    } else if (word == "-p" || word == "-g" || word == "-n") {
        static_cast<void>(value());
    } else if (word == "--run-dir") {
        options.run_folder = value();
    } else if (word == "--help" || word == "--version") {
        options.action = word == "--help" ? Action::show_help : Action::show_version;
    } else {
        options.problem = "unknown argument " + clusterdisc::shown(word);
    }
}

SetpeOptions parse_options(std::span<char* const> arguments) {
    SetpeOptions options;
    for (std::size_t next = 1; next < arguments.size() && options.problem.empty();) {
        take_option(arguments, next, options);
    }
    if (options.problem.empty() && options.action == Action::none) {
        options.problem = "one of -r, -c, -w, -W and -off is needed";
    }
    return options;
}

std::string read_input() {
    std::string text;
    std::array<char, 65536> buffer{};
    for (;;) {
        const ssize_t size = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (size < 0 && errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "standard input");
        }
        if (size == 0) {
            return text;
        }
        text.append(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
        if (text.size() > clusterdisc::max_node_map) {
            throw std::runtime_error("standard input is longer than a node map may be");
        }
    }
}

std::vector<clusterdisc::NodeMapEntry> read_map(const std::string& path) {
    std::string text;
    if (path == "-") {
        text = read_input();
    } else if (auto content = clusterdisc::read_file(path, clusterdisc::max_node_map)) {
        text = *std::move(content);
    } else {
        throw std::runtime_error(path +
                                 " does not exist; omdiscd makes the map of the cluster (systemctl start omdiscd)");
    }
    auto map = clusterdisc::parse_node_map(text);
    if (const auto* const error = std::get_if<clusterdisc::NodeMapError>(&map)) {
        throw std::runtime_error((path == "-" ? "standard input" : path) + ':' + std::to_string(error->line) + ": " +
                                 error->text);
    }
    return std::get<std::vector<clusterdisc::NodeMapEntry>>(std::move(map));
}

void print_own_node(const std::string& run_folder) {
    try {
        const auto status = ask_omd(run_folder, "{\"request\":\"status\"}\n");
        if (status.contains("node") && status["node"].is_number_unsigned()) {
            std::printf("This is openMosix node #%u\n", status["node"].get<unsigned>());
            return;
        }
    } catch (const std::runtime_error&) {
        // The map is there without omd, too.
    }
    std::puts("This is no openMosix node: omd does not answer, or this node is not in the map");
}

int print_map(const SetpeOptions& options) {
    const auto entries = read_map(options.file.empty() ? options.run_folder + "/map" : options.file);
    if (options.file.empty()) {
        print_own_node(options.run_folder);
    }
    std::printf("Network protocol: %d (AF_INET)\n", AF_INET);
    unsigned total = 0;
    for (const auto& entry : entries) {
        const unsigned last = entry.first + (entry.count == 0 ? 0 : entry.count - 1);
        const std::string range = std::to_string(entry.first) + '-' + std::to_string(last);
        std::printf("openMosix range %7s     %s %s\n", range.c_str(), entry.count == 0 ? "is also" : "begins at",
                    clusterdisc::shown(entry.address, 64).c_str());
        total += entry.count;
    }
    std::printf("Total configured: %u\n", total);
    return clusterdisc::exit_success;
}

int act(const SetpeOptions& options) {
    switch (options.action) {
        case Action::print:
            return print_map(options);
        case Action::check:
            static_cast<void>(read_map(options.file.empty() ? "-" : options.file));
            return clusterdisc::exit_success;
        case Action::set:
            std::fprintf(
                stderr,
                "setpe: omdiscd finds the nodes and writes the map by itself; to have a map of your own, stop it "
                "(systemctl stop omdiscd) and put the map to %s/map, which omd follows\n",
                options.run_folder.c_str());
            return clusterdisc::exit_failure;
        case Action::off:
            std::fputs(
                "setpe: to leave the cluster, stop what makes this PC a node: mosctl expel; mosctl bring; "
                "systemctl stop omd omdiscd\n",
                stderr);
            return clusterdisc::exit_failure;
        case Action::show_version:
            std::puts("setpe " OPENMOSIX_VERSION);
            return clusterdisc::exit_success;
        case Action::show_help:
        case Action::none:
            break;
    }
    std::fputs(usage, stdout);
    return clusterdisc::exit_success;
}

int run(std::span<char* const> arguments) {
    const SetpeOptions options = parse_options(arguments);
    if (!options.problem.empty()) {
        std::fprintf(stderr, "setpe: %s\nTry setpe --help.\n", options.problem.c_str());
        return clusterdisc::exit_usage;
    }
    const int status = act(options);
    if (std::fflush(stdout) != 0) {
        throw std::runtime_error("cannot write to standard output");
    }
    return status;
}

}  // namespace
}  // namespace openmosix

int main(int argument_count, char** arguments) {
    try {
        return openmosix::run(std::span(arguments, static_cast<std::size_t>(argument_count)));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "setpe: %s\n", error.what());
        return clusterdisc::exit_failure;
    }
}
