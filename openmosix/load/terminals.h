// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace openmosix {

/// Sees that somebody types at terminals: their access times change when a program reads from them, in steps of 8
/// seconds (drivers/tty/tty_io.c, tty_update_time()). Only that they change counts, so that it does not matter what the
/// clock of the node shows. One thread.
class Terminals {
public:
    /// No more terminals are looked at.
    static constexpr std::size_t max_terminals = 256;

    /// What they are called: patterns of glob(7). Those that were known keep their times.
    void set_patterns(std::vector<std::string> patterns) { patterns_ = std::move(patterns); }

    /// True if there was input since the last look; not of a terminal that was not there then.
    bool had_input();

private:
    std::vector<std::string> patterns_;
    /// Nanoseconds of the wall clock, by path.
    std::map<std::string, std::int64_t> access_times_;
};

}  // namespace openmosix
