// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace openmosix {

/// What a supervisor says about its process, from any bytes: an object with the numbers of processes in "pid" and
/// "supervisor"; none when it is no such thing.
std::optional<nlohmann::json> parse_process_state(std::string_view text);

/// What the supervisor of one process says, in this file of that folder; none when it is gone or has said nothing.
std::optional<nlohmann::json> read_process_state(const std::string& path);

/// A number of such an object; 0 when there is none, or a larger one than `max`.
std::uint64_t number_in(const nlohmann::json& state, const char* key,
                        std::uint64_t max = std::numeric_limits<std::uint64_t>::max());
/// A text of such an object; empty when there is none.
std::string text_in(const nlohmann::json& state, const char* key);

/// What the supervisors say about their processes (supervisor/state_file.h): the objects of all files in `folder`,
/// which is RUN/processes or RUN/guests, by pid. Files whose supervisor is gone are left out, and removed when
/// `sweeps`.
std::vector<nlohmann::json> read_process_list(const std::string& folder, bool sweeps);

}  // namespace openmosix
