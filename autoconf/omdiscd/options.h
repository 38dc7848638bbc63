// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "omdiscd/configuration.h"

namespace clusterdisc {

enum class Action : std::uint8_t { run, check, show_help, show_version };

/// The command line of omdiscd.
struct Options {
    Action action = Action::run;
    /// Empty: the usual file, which need not exist.
    std::string configuration_file;
    /// Applied after the files.
    std::vector<std::function<void(Configuration&)>> settings;
    /// What is wrong with it; nothing else counts then.
    std::vector<std::string> problems;
};

Options parse_options(int argument_count, char** arguments);

extern const char* const omdiscd_usage;

}  // namespace clusterdisc
