// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "monitor/node_chart.h"
#include "monitor/session.h"

namespace openmosix::monitor {

/// The command line of mosmon, which is called mtop, too.
struct MonitorOptions {
    enum class Action : std::uint8_t { show, print, show_help, show_version };
    Action action = Action::show;
    Session::Page first = Session::Page::nodes;
    ChartSettings chart;
    bool only_moved = false;
    /// Between two pictures; none: as the terminal can take it.
    std::optional<std::chrono::milliseconds> pause;
    /// How often `print` prints; none: until it is ended.
    std::optional<unsigned> count;
    std::string run_folder;
    /// What is wrong; empty: nothing.
    std::string problem;
};

/// The name in the first word decides which of the two programs it is.
MonitorOptions parse_monitor_options(std::span<char* const> arguments);

/// `mosmon` or `mtop`.
const char* name_of_program(std::span<char* const> arguments);
const char* usage_of_program(const char* name);

}  // namespace openmosix::monitor
