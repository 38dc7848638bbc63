// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "control/move_hints.h"

namespace openmosix {

/// The command line of mosrun, and of its other names (cpujob, runon ...), which stand for some of its options.
struct MosrunOptions {
    enum class OnRefusal : std::uint8_t { fail, run_here };

    std::string run_folder;
    /// As MoveRequest::to; empty: no move is asked for, the program begins at home.
    std::string to = "balance";
    /// As MoveRequest::among.
    std::string among;
    /// What is set for the process before it starts the command.
    MoveHints hints;
    /// When the node that it is to go to does not take it.
    OnRefusal on_refusal = OnRefusal::fail;
    /// What the command sees as its argv[0] is a word of its own behind the program's name.
    bool has_own_name = false;
    /// Where the command begins in the arguments.
    int command = 0;
    /// Print the help or the version and end.
    bool wants_help = false;
    bool wants_version = false;
    /// What is wrong; empty: nothing.
    std::string problem;
};

/// `-2` is a node, which getopt(3) would take for an option without a name; so it is parsed here.
MosrunOptions parse_mosrun_options(std::span<char* const> arguments);

/// What mosrun was called as: `runon` of `/usr/bin/runon`.
std::string_view program_name(std::span<char* const> arguments);

extern const char* const mosrun_usage;

}  // namespace openmosix
