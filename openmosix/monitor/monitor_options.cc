// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/monitor_options.h"

#include <getopt.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <system_error>

#include "common/printable_text.h"
#include "control/client.h"
#include "monitor/option_set.h"

namespace openmosix::monitor {

namespace {

void take_pause(std::string_view text, MonitorOptions& options) {
    constexpr double max_seconds = 3600;
    constexpr double min_seconds = 0.1;
    double seconds = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed);
    if (error != std::errc() || end != text.data() + text.size() || !(seconds >= 0 && seconds <= max_seconds)) {
        options.problem = clusterdisc::shown(text) + " is no number of seconds from 0.1 to 3600";
        return;
    }
    constexpr double thousand = 1000;
    options.pause = std::chrono::milliseconds(std::llround(std::max(seconds, min_seconds) * thousand));
}

const OptionSet& option_set_of(std::string_view name) {
    return name == "mtop" ? mtop_option_set : mosmon_option_set;
}

bool is_complete(const MonitorOptions& options) {
    return !options.problem.empty() || options.action == MonitorOptions::Action::show_help ||
           options.action == MonitorOptions::Action::show_version;
}

}  // namespace

void take_common_option(int choice, std::string_view value, MonitorOptions& options) {
    switch (choice) {
        case delay_option:
            take_pause(value, options);
            break;
        case run_dir_option:
            options.run_folder = value;
            break;
        case version_option:
            options.action = MonitorOptions::Action::show_version;
            break;
        case help_option:
            options.action = MonitorOptions::Action::show_help;
            break;
        default:
            options.problem = "unknown option, or one without its value";
    }
}

const char* name_of_program(std::span<char* const> arguments) {
    const std::string_view path = arguments.empty() ? "" : arguments.front();
    return path.substr(path.rfind('/') + 1) == "mtop" ? "mtop" : "mosmon";
}

const char* usage_of_program(const char* name) {
    return option_set_of(name).usage;
}

MonitorOptions parse_monitor_options(std::span<char* const> arguments) {
    const OptionSet& set = option_set_of(name_of_program(arguments));
    MonitorOptions options;
    options.run_folder = usual_run_folder();
    options.first = &set == &mosmon_option_set ? Session::Page::nodes : Session::Page::processes;
    ::optind = 0;
    ::opterr = 0;
    int choice = 0;
    while (!is_complete(options) && (choice = ::getopt_long(static_cast<int>(arguments.size()), arguments.data(),
                                                            set.short_options, set.long_options, nullptr)) != -1) {
        set.take(choice, ::optarg == nullptr ? "" : ::optarg, options);
        if (choice == '?') {
            options.problem += ": " + clusterdisc::shown(arguments[static_cast<std::size_t>(::optind) - 1]);
        }
    }
    for (auto word = static_cast<std::size_t>(::optind); !is_complete(options) && word < arguments.size(); ++word) {
        set.take_word(arguments[word], options);
    }
    if (options.problem.empty() && options.count && options.action == MonitorOptions::Action::show) {
        options.problem = "-n goes with -b only";
    }
    return options;
}

}  // namespace openmosix::monitor
