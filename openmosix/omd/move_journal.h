// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string_view>

#include "balance/move.h"

namespace openmosix {

/// `journalctl MESSAGE_ID=...`: what balancing decided to move and what became of it.
inline constexpr std::string_view move_message_id = "4b6159e4b0de48748d7a16dc442f4c6d";

/// Writes a line to the log about a move that balancing has decided and that has ended, with fields
/// (systemd.journal-fields(7)) by which programs find it: OBJECT_PID, the process at its home when that is `own`, and
/// OPENMOSIX_HOME, OPENMOSIX_PID, OPENMOSIX_TARGET, OPENMOSIX_PURPOSE, OPENMOSIX_GAIN_SECONDS and OPENMOSIX_RESULT.
void log_move(const balance::Move& move, const balance::MoveResult& result, balance::NodeId own);

}  // namespace openmosix
