// SPDX-License-Identifier: GPL-2.0-or-later
//
// omnodes: what the agent knows of the nodes of the cluster.
#include <getopt.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

#include "common/exit_status.h"
#include "common/file.h"
#include "common/file_watch.h"
#include "common/printable_text.h"
#include "output/nodes_json.h"
#include "terminal_drawing.h"
#include "tools/node_table.h"

namespace clusterdisc {
namespace {

constexpr const char* usage =
    "Usage: omnodes [OPTION]...\n"
    "Show the nodes of the cluster as this node sees them; * marks this node.\n"
    "\n"
    "  --watch              show them again at each change, until Ctrl-C\n"
    "  --json               print the file nodes.json as it is, for programs\n"
    "  --run-dir DIRECTORY  where omdiscd puts nodes.json (default /run/openmosix)\n"
    "  --version            print the version and end\n"
    "  --help               print this help and end\n"
    "\n"
    "States: member; joining, claiming (a node id); suspect (does not answer), dead, left;\n"
    "no path (a member that this node cannot reach).\n"
    "Exit status: 0 shown, 1 omdiscd does not run or something failed, 2 wrong usage.\n";

struct OmnodesOptions {
    bool is_watching = false;
    bool is_json = false;
    std::string run_folder = "/run/openmosix";
    /// Set when there is nothing more to do.
    std::optional<int> status;
};

OmnodesOptions parse_options(int argument_count, char** arguments) {
    enum Option { watch = 1, json, run_dir, version, help };
    static constexpr std::array<option, 6> known = {{
        {"watch", no_argument, nullptr, watch},
        {"json", no_argument, nullptr, json},
        {"run-dir", required_argument, nullptr, run_dir},
        {"version", no_argument, nullptr, version},
        {"help", no_argument, nullptr, help},
        {nullptr, 0, nullptr, 0},
    }};
    OmnodesOptions options;
    int choice = 0;
    while (!options.status && (choice = ::getopt_long(argument_count, arguments, "", known.data(), nullptr)) != -1) {
        switch (choice) {
            case watch:
                options.is_watching = true;
                break;
            case json:
                options.is_json = true;
                break;
            case run_dir:
                options.run_folder = optarg;
                break;
            case version:
                std::puts("omnodes " CLUSTERDISC_VERSION);
                options.status = exit_success;
                break;
            case help:
                std::fputs(usage, stdout);
                options.status = exit_success;
                break;
            default:
                std::fputs("Try omnodes --help.\n", stderr);
                options.status = exit_usage;
        }
    }
    if (!options.status && optind < argument_count) {
        std::fprintf(stderr, "omnodes: unexpected argument %s\nTry omnodes --help.\n",
                     shown(arguments[optind]).c_str());
        options.status = exit_usage;
    }
    if (!options.status && options.is_watching && options.is_json) {
        std::fputs("omnodes: --watch shows a table, so it does not go with --json\nTry omnodes --help.\n", stderr);
        options.status = exit_usage;
    }
    return options;
}

std::string nodes_path(const OmnodesOptions& options) {
    return options.run_folder + "/nodes.json";
}

/// The file and what it says. Throws std::runtime_error when it is not there or not right.
struct NodesFile {
    explicit NodesFile(const std::string& path) {
        auto content = read_file(path, max_nodes_json);
        if (!content) {
            throw std::runtime_error("omdiscd does not run, as " + path +
                                     " does not exist: see systemctl status omdiscd");
        }
        auto parsed = parse_nodes_json(*content);
        if (!parsed) {
            throw std::runtime_error(path + " is not as omdiscd writes it: systemctl restart omdiscd makes it anew");
        }
        text = *std::move(content);
        cluster = *std::move(parsed);
    }

    std::string text;
    ListedCluster cluster;
};

/// Of standard output; zeros when it is no terminal or does not know its size.
TableSize terminal_size() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) {
        return {};
    }
    return {.width = size.ws_col, .height = size.ws_row};
}

std::chrono::duration<double> time_since_boot() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

void print(const std::string& text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
        throw std::runtime_error("cannot write to standard output");
    }
}

void show_once(const OmnodesOptions& options) {
    const NodesFile file(nodes_path(options));
    print(options.is_json ? file.text
                          : to_node_table(file.cluster, {.width = terminal_size().width}, time_since_boot()));
}

/// A table or, while there is none, why.
std::string table_or_reason(const OmnodesOptions& options, TableSize size) {
    try {
        return to_node_table(NodesFile(nodes_path(options)).cluster, size, time_since_boot());
    } catch (const std::runtime_error& reason) {
        return std::string(reason.what()) + '\n';
    }
}

bool can_redraw() {
    const char* const terminal = std::getenv("TERM");
    return ::isatty(STDOUT_FILENO) == 1 && terminal != nullptr && std::strcmp(terminal, "dumb") != 0;
}

/// Until a signal ends the program, or nobody reads what it prints.
void show_changes(const OmnodesOptions& options) {
    // On a terminal also now and then without a change, for the times and for a terminal that got another size.
    constexpr int redrawing_milliseconds = 5000;
    const bool redraws = can_redraw();
    FileWatch watch(nodes_path(options));
    std::string former;
    for (bool is_due = true;;) {
        TableSize size = terminal_size();
        size.height = redraws && size.height > 1 ? size.height - 1 : 0;
        const std::string text = is_due ? table_or_reason(options, size) : former;
        if (redraws) {
            print(over_former_screen(text));
        } else if (text != former) {
            print((former.empty() ? "" : "\n") + text);
        }
        former = text;
        std::array<pollfd, 2> events = {
            {{.fd = watch.number(), .events = POLLIN, .revents = 0}, {.fd = STDOUT_FILENO, .events = 0, .revents = 0}}};
        const int count = ::poll(events.data(), events.size(), redraws ? redrawing_milliseconds : -1);
        if (count < 0 && errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "cannot wait for changes of the nodes");
        }
        if ((events[1].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
            return;
        }
        is_due = count == 0 || watch.take_changes();
    }
}

}  // namespace
}  // namespace clusterdisc

int main(int argument_count, char** arguments) {
    using namespace clusterdisc;
    try {
        const OmnodesOptions options = parse_options(argument_count, arguments);
        if (!options.status) {
            options.is_watching ? show_changes(options) : show_once(options);
        }
        return options.status.value_or(exit_success);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "omnodes: %s\n", error.what());
        return exit_failure;
    }
}
