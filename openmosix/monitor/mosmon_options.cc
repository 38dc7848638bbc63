// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>

#include "common/node_settings.h"
#include "common/printable_text.h"
#include "monitor/option_set.h"

namespace openmosix::monitor {

namespace {

using Figure = ChartSettings::Figure;
using Spacing = ChartSettings::Spacing;

constexpr const char* mosmon_usage =
    "Usage: mosmon [OPTION]... [+NODE]\n"
    "Show the nodes of the cluster as bars, and the processes of this one. ? shows the keys.\n"
    "\n"
    "  -l, -L               load; on a logarithmic scale\n"
    "  -s                   speed, and how many processors\n"
    "  -m, -r               memory\n"
    "  -u                   utilizability\n"
    "  -w, -v, -V           numbers of nodes across; downwards; without gaps\n"
    "  -a                   as wide as all nodes have room; the default\n"
    "  -d                   dead nodes, too\n"
    "  -t                   totals\n"
    "  +NODE                nodes from this number on\n"
    "  -F VERSION           does nothing\n"
    "      --delay SECONDS  how often (2; 5 on a slow line)\n"
    "      --run-dir DIRECTORY  where omd is asked (default /run/openmosix, or $OMD_RUN_DIR)\n"
    "      --version        print the version and end\n"
    "  -h, -H, --help       print this help and end\n"
    "\n"
    "Exit status: 0 ended by q, 1 the terminal cannot show it, 2 wrong usage.\n";

constexpr std::array<option, 5> mosmon_options = {{
    {"delay", required_argument, nullptr, delay_option},
    {"run-dir", required_argument, nullptr, run_dir_option},
    {"version", no_argument, nullptr, version_option},
    {"help", no_argument, nullptr, help_option},
    {nullptr, 0, nullptr, 0},
}};
void take_mosmon(int choice, std::string_view value, MonitorOptions& options) {
    switch (choice) {
        case 'l':
            options.chart.figure = Figure::load;
            break;
        case 'L':
            options.chart.figure = Figure::log_load;
            break;
        case 's':
            options.chart.figure = Figure::speed;
            break;
        case 'm':
            options.chart.figure = Figure::memory;
            break;
        case 'r':
            options.chart.figure = Figure::raw_memory;
            break;
        case 'u':
            options.chart.figure = Figure::utilizability;
            break;
        case 'w':
            options.chart.spacing = Spacing::wide;
            break;
        case 'v':
            options.chart.spacing = Spacing::vertical;
            break;
        case 'V':
            options.chart.spacing = Spacing::tight;
            break;
        case 'a':
            options.chart.spacing = Spacing::automatic;
            break;
        case 'd':
            options.chart.shows_dead = true;
            break;
        case 't':
            options.chart.shows_totals = true;
            break;
        case 'F':
            break;
        case 'h':
        case 'H':
            take_common_option(help_option, value, options);
            break;
        default:
            take_common_option(choice, value, options);
    }
}

void take_node(std::string_view word, MonitorOptions& options) {
    const auto node = word.starts_with('+') ? clusterdisc::parse_node_id(word.substr(1)) : std::nullopt;
    if (!node) {
        options.problem = clusterdisc::shown(word) + " is not + and a node id";
        return;
    }
    options.chart.first = *node;
}

}  // namespace

const OptionSet mosmon_option_set = {.usage = mosmon_usage,
                                     .short_options = "lLsmruwvVadtF:hH",
                                     .long_options = mosmon_options.data(),
                                     .take = take_mosmon,
                                     .take_word = take_node};

}  // namespace openmosix::monitor
