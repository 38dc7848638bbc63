// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "control/node_switches.h"
#include "control/request.h"

namespace openmosix {

/// The command line of mosctl.
struct MosctlOptions {
    enum class Action : std::uint8_t {
        show_help,
        show_version,
        /// One of the switches, `position`.
        set_switch,
        expel,
        bring,
        status,
        is_up,
        get_load,
        get_speed,
        get_memory,
        get_free,
        get_utilizability,
        set_speed,
        get_yard,
        nodes,
        who_is,
        /// Why processes move or stay.
        why,
        /// What openMosix had and this cluster has not; `words` has why, for people.
        explain,
    };
    Action action = Action::show_help;
    SwitchRequest position;
    SpeedRequest speed;
    /// What follows the sub-command.
    std::vector<std::string> words;
    std::string run_folder;
    /// How long expel and bring go on.
    std::chrono::seconds wait = std::chrono::minutes(10);
    /// What is wrong; empty: nothing.
    std::string problem;
};

/// `-stay` is a sub-command, which getopt(3) would take for options; so it is parsed here.
MosctlOptions parse_mosctl_options(std::span<char* const> arguments);

extern const char* const mosctl_usage;

}  // namespace openmosix
