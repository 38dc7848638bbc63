// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "image/checkpoint_state.h"

namespace openmosix {

/// A state for people, in lines. Everything in it is printable, whatever a file says.
std::string to_text(const CheckpointState& state);

/// "2026-11-27 21:04:05.123456789 UTC", of nanoseconds since 1970.
std::string time_text(std::int64_t nanoseconds);

}  // namespace openmosix
