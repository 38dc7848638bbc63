// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <getopt.h>

#include <string_view>

#include "monitor/monitor_options.h"

namespace openmosix::monitor {

/// Options that both programs have; of their short ones only `-h`, `-H` are mosmon's alone.
enum CommonOption : int { delay_option = 1, run_dir_option, version_option, help_option, next_option };

/// The options of one program.
struct OptionSet {
    const char* usage;
    /// As of getopt_long(3).
    const char* short_options;
    const option* long_options;
    /// Takes one of them. `value`: what is behind it; empty: nothing is.
    void (*take)(int choice, std::string_view value, MonitorOptions& options);
    /// Takes a word that is no option.
    void (*take_word)(std::string_view word, MonitorOptions& options);
};

extern const OptionSet mosmon_option_set;
extern const OptionSet mtop_option_set;

/// Of both programs.
void take_common_option(int choice, std::string_view value, MonitorOptions& options);

}  // namespace openmosix::monitor
