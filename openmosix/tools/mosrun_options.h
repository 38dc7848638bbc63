// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>

namespace openmosix {

/// The command line of mosrun.
struct MosrunOptions {
    std::string run_folder;
    /// As MoveRequest::to; empty: nothing is asked, the program runs at home.
    std::string to = "balance";
    /// As MoveRequest::among.
    std::string among;
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

extern const char* const mosrun_usage;

}  // namespace openmosix
