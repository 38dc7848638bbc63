// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/node_list.h"

namespace openmosix {

/// Whether a process may leave the node where it is by itself. Its owner and root move it by hand all the same.
enum class MoveLock : std::uint8_t { off, on };
/// What it mostly does, as its user says.
enum class JobKind : std::uint8_t { unknown, cpu, io };
/// How long what it did before counts when it is judged: openMosix's slow, fast and no decay of statistics.
enum class Decay : std::uint8_t { usual, slow, fast, none };

/// What a user has set for a process and its children. What is not set is as for the parent.
struct MoveHints {
    std::optional<MoveLock> lock;
    std::optional<JobKind> job;
    std::optional<Decay> decay;
    /// Where it may run besides its home; set and empty: everywhere.
    std::optional<std::vector<NodeRange>> nodes;

    bool operator==(const MoveHints&) const = default;

    [[nodiscard]] bool is_complete() const { return lock && job && decay && nodes; }
    /// Sets what is not set here.
    void complete_from(const MoveHints& other);
};

/// Sets "lock" ("on", "off"), "job" ("unknown", "cpu", "io"), "decay" ("usual", "slow", "fast", "none") and "nodes"
/// (as parse_node_list() takes them, or "all") of an object, as far as they are set.
void add_hints(nlohmann::json& object, const MoveHints& hints);
/// The inverse, from any object; none when one of these keys has another value. `problem` says then which.
std::optional<MoveHints> parse_hints(const nlohmann::json& object, std::string& problem);

/// The content of a file of hints, which is for a process that started at `start_time` (procfs/process_stat.h), from
/// any bytes; none when it is for another one or malformed.
std::optional<MoveHints> parse_hint_file(std::string_view text, std::uint64_t start_time);

}  // namespace openmosix
