// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/mosrun_options.h"

#include <string_view>

#include "common/node_settings.h"
#include "common/printable_text.h"
#include "control/client.h"
#include "control/node_list.h"

namespace openmosix {

const char* const mosrun_usage =
    "Usage: mosrun [OPTION]... COMMAND [ARGUMENT]...\n"
    "Run a command on a node of the cluster, as if it ran here.\n"
    "\n"
    "  -NODE                on the node with this id, as -2\n"
    "  -h                   here, at home\n"
    "  -b                   where most of a processor is free (default)\n"
    "  -j ID1-ID2[,ID3]...  the same, but on one of these nodes only\n"
    "  --run-dir DIRECTORY  where omd is asked (default /run/openmosix, or $OMD_RUN_DIR)\n"
    "  --version            print the version and end\n"
    "  --help               print this help and end\n"
    "\n"
    "Exit status: that of the command; 125 omd refused, 126 the command cannot be run,\n"
    "127 there is no such command, 2 wrong usage.\n";

namespace {

/// Takes one option, and its value when it is a word of its own; returns how many words it took, 0: none.
int take_option(std::span<char* const> words, MosrunOptions& options) {
    const std::string_view word = words.front();
    const auto value = [&](std::string& result) {
        if (words.size() < 2) {
            options.problem = "option " + std::string(word) + " needs a value";
            return 1;
        }
        result = words[1];
        return 2;
    };
    constexpr std::string_view run_dir = "--run-dir=";
    if (word == "-h") {
        options.to.clear();
        options.among.clear();
        return 1;
    }
    if (word == "-b") {
        options.to = "balance";
        options.among.clear();
        return 1;
    }
    if (word == "-j") {
        options.to = "balance";
        const int taken = value(options.among);
        if (options.problem.empty() && !parse_node_list(options.among)) {
            options.problem = "-j: " + node_list_problem(options.among);
        }
        return taken;
    }
    if (word == "--run-dir") {
        return value(options.run_folder);
    }
    if (word.starts_with(run_dir)) {
        options.run_folder = word.substr(run_dir.size());
        return 1;
    }
    if (word == "--help" || word == "--version") {
        (word == "--help" ? options.wants_help : options.wants_version) = true;
        return 1;
    }
    if (clusterdisc::parse_node_id(word.substr(1))) {
        options.to = word.substr(1);
        options.among.clear();
        return 1;
    }
    options.problem = "unknown option " + clusterdisc::shown(word);
    return 1;
}

}  // namespace

MosrunOptions parse_mosrun_options(std::span<char* const> arguments) {
    MosrunOptions options;
    options.run_folder = usual_run_folder();
    std::size_t next = 1;
    while (next < arguments.size() && options.problem.empty() && !options.wants_help && !options.wants_version) {
        const std::string_view word = arguments[next];
        if (word == "--") {
            ++next;
            break;
        }
        if (word.size() < 2 || !word.starts_with('-')) {
            break;
        }
        next += static_cast<std::size_t>(take_option(arguments.subspan(next), options));
    }
    options.command = static_cast<int>(next);
    if (options.problem.empty() && !options.wants_help && !options.wants_version && next >= arguments.size()) {
        options.problem = "a command is needed";
    }
    return options;
}

}  // namespace openmosix
