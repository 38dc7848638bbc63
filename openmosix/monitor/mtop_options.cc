// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>
#include <charconv>
#include <system_error>

#include "common/printable_text.h"
#include "monitor/option_set.h"

namespace openmosix::monitor {

namespace {

constexpr const char* mtop_usage =
    "Usage: mtop [OPTION]...\n"
    "Show the processes of this node and the nodes where they are, those that compute most first.\n"
    "? shows the keys.\n"
    "\n"
    "  -d, --delay SECONDS  how often (2; 5 on a slow line)\n"
    "  -a, --all            all processes; the default\n"
    "      --moved          only those that are or were away, and guests\n"
    "  -b, --batch          print them as text, for pipes and files\n"
    "  -n, --count NUMBER   with -b: so often\n"
    "      --run-dir DIRECTORY  where omd is asked (default /run/openmosix, or $OMD_RUN_DIR)\n"
    "      --version        print the version and end\n"
    "      --help           print this help and end\n"
    "\n"
    "Exit status: 0 ended by q or after -n, 1 the terminal cannot show it, or with -b omd does\n"
    "not answer; 2 wrong usage.\n";

enum MtopOption : int { moved_option = next_option, json_option };

constexpr std::array<option, 10> mtop_options = {{
    {"delay", required_argument, nullptr, 'd'},
    {"all", no_argument, nullptr, 'a'},
    {"moved", no_argument, nullptr, moved_option},
    {"batch", no_argument, nullptr, 'b'},
    {"count", required_argument, nullptr, 'n'},
    {"json", no_argument, nullptr, json_option},
    {"run-dir", required_argument, nullptr, run_dir_option},
    {"version", no_argument, nullptr, version_option},
    {"help", no_argument, nullptr, help_option},
    {nullptr, 0, nullptr, 0},
}};

void take_count(std::string_view text, MonitorOptions& options) {
    unsigned count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || end != text.data() + text.size() || count == 0) {
        options.problem = clusterdisc::shown(text) + " is no number of times from 1 on";
        return;
    }
    options.count = count;
}

void take_mtop(int choice, std::string_view value, MonitorOptions& options) {
    switch (choice) {
        case 'd':
            take_common_option(delay_option, value, options);
            break;
        case 'a':
            options.only_moved = false;
            break;
        case moved_option:
            options.only_moved = true;
            break;
        case 'b':
            options.action = MonitorOptions::Action::print;
            break;
        case 'n':
            take_count(value, options);
            break;
        case json_option:
            options.problem = "--json is an option of mps; mps --json prints once";
            break;
        default:
            take_common_option(choice, value, options);
    }
}

void refuse_word(std::string_view word, MonitorOptions& options) {
    options.problem = clusterdisc::shown(word) + " is not expected";
}

}  // namespace

const OptionSet mtop_option_set = {.usage = mtop_usage,
                                   .short_options = "d:abn:",
                                   .long_options = mtop_options.data(),
                                   .take = take_mtop,
                                   .take_word = refuse_word};

}  // namespace openmosix::monitor
