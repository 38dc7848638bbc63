// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "image/checkpoint_state.h"

namespace openmosix {

/// What a process that stands has open, by descriptor. Throws std::runtime_error that names each descriptor which
/// cannot be opened again from its name (all but regular files and /dev/null), and what it is.
std::vector<ImageOpenFile> gather_open_files(pid_t pid);

}  // namespace openmosix
