// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "common/file_descriptor.h"

namespace openmosix {

/// Where omd and omdiscd have their files, unless told otherwise.
inline constexpr const char* default_run_folder = "/run/openmosix";

/// What the tools use without --run-dir: $OMD_RUN_DIR, else the default.
std::string usual_run_folder();

/// A stream to the omd of this node, whose socket has these flags besides (SOCK_NONBLOCK). Throws std::runtime_error
/// when it cannot be reached; with SOCK_NONBLOCK also when it could not be at once.
clusterdisc::FileDescriptor connect_to_omd(const std::string& run_folder, int flags);

/// Sends a line to the omd of this node and waits for its answer, which has "ok" and, when that is false, "reason".
/// Throws std::runtime_error when it cannot be reached, gives no answer, or one that is none.
nlohmann::json ask_omd(const std::string& run_folder, const std::string& line);
/// The same with an open file, in which omd writes the image of a process; that may take minutes.
nlohmann::json ask_omd(const std::string& run_folder, const std::string& line, int file);

/// An answer of omd from any bytes: an object with "ok" and, when that is false, "reason"; none when it is no such
/// thing.
std::optional<nlohmann::json> parse_answer(std::string_view line);

}  // namespace openmosix
