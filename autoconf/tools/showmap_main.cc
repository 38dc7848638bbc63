// SPDX-License-Identifier: GPL-2.0-or-later
//
// showmap: the node map, as openMosix showed it.
#include <getopt.h>

#include <array>
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>

#include "common/exit_status.h"
#include "common/file.h"
#include "common/node_map.h"
#include "common/printable_text.h"
#include "output/nodes_json.h"
#include "tools/map_table.h"

namespace clusterdisc {
namespace {

constexpr const char* usage =
    "Usage: showmap [OPTION]...\n"
    "Show the node map of the cluster: node ids (hexadecimal) and addresses.\n"
    "\n"
    "  --run-dir DIRECTORY  where omdiscd puts map and nodes.json (default /run/openmosix)\n"
    "  --version            print the version and end\n"
    "  --help               print this help and end\n"
    "\n"
    "omnodes tells more about the nodes.\n"
    "Exit status: 0 shown, 1 there is no map or it is wrong, 2 wrong usage.\n";

struct ShowmapOptions {
    std::string run_folder = "/run/openmosix";
    /// Set when there is nothing more to do.
    std::optional<int> status;
};

ShowmapOptions parse_options(int argument_count, char** arguments) {
    enum Option { run_dir = 1, version, help };
    static constexpr std::array<option, 4> known = {{
        {"run-dir", required_argument, nullptr, run_dir},
        {"version", no_argument, nullptr, version},
        {"help", no_argument, nullptr, help},
        {nullptr, 0, nullptr, 0},
    }};
    ShowmapOptions options;
    int choice = 0;
    while (!options.status && (choice = ::getopt_long(argument_count, arguments, "", known.data(), nullptr)) != -1) {
        switch (choice) {
            case run_dir:
                options.run_folder = optarg;
                break;
            case version:
                std::puts("showmap " CLUSTERDISC_VERSION);
                options.status = exit_success;
                break;
            case help:
                std::fputs(usage, stdout);
                options.status = exit_success;
                break;
            default:
                std::fputs("Try showmap --help.\n", stderr);
                options.status = exit_usage;
        }
    }
    if (!options.status && optind < argument_count) {
        std::fprintf(stderr, "showmap: unexpected argument %s\nTry showmap --help.\n",
                     shown(arguments[optind]).c_str());
        options.status = exit_usage;
    }
    return options;
}

/// None as well when the map was written by hand and there is nothing else.
std::optional<NodeId> read_own_id(const std::string& run_folder) {
    const auto text = read_file(run_folder + "/nodes.json", max_nodes_json);
    const auto cluster = text ? parse_nodes_json(*text) : std::nullopt;
    return cluster && cluster->own_stage == "member" ? cluster->own_id : std::nullopt;
}

void show_map(const std::string& run_folder) {
    const std::string path = run_folder + "/map";
    const auto text = read_file(path, max_node_map);
    const auto parsed = parse_node_map(text.value_or(""));
    if (const auto* const error = std::get_if<NodeMapError>(&parsed)) {
        throw std::runtime_error(path + ':' + std::to_string(error->line) + ": " + error->text +
                                 "; correct the file, or restart omdiscd, which writes it anew");
    }
    const auto& entries = std::get<std::vector<NodeMapEntry>>(parsed);
    if (entries.empty()) {
        throw std::runtime_error("this node is not configured: " + path +
                                 (text ? " has no nodes yet; what omdiscd is doing: omnodes, journalctl -u omdiscd"
                                       : " does not exist; omdiscd makes it: systemctl start omdiscd"));
    }
    const std::string table = to_map_table(read_own_id(run_folder), entries);
    if (std::fputs(table.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
        throw std::runtime_error("cannot write to standard output");
    }
}

}  // namespace
}  // namespace clusterdisc

int main(int argument_count, char** arguments) {
    using namespace clusterdisc;
    try {
        const ShowmapOptions options = parse_options(argument_count, arguments);
        if (!options.status) {
            show_map(options.run_folder);
        }
        return options.status.value_or(exit_success);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "showmap: %s\n", error.what());
        return exit_failure;
    }
}
