// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "monitor/canvas.h"
#include "monitor/process_model.h"

namespace openmosix::monitor {

/// A process in the table: what the model knows, and what has been asked for besides.
struct TableRow {
    ProcessFacts facts;
    /// Why it stays or came home, in a word; empty: nothing is known.
    std::string reason;
    /// Whether it leaves by itself; none: that was not asked.
    std::optional<bool> is_locked;
};

/// `here`, `away`, `guest`, ...
const char* name_of(ProcessFacts::Place place);
/// `alice`, of a guest `1:4711`, where it is at home.
std::string owner_of(const ProcessFacts& facts);

/// The heading of the table, in so many columns. A narrow table has fewer of its columns.
std::string table_heading(std::size_t columns);
/// A line of it.
std::string table_line(const TableRow& row, std::size_t columns);

}  // namespace openmosix::monitor
