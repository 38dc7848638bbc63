// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include "clocks/vdso.h"
#include "freeze/memory_map.h"
#include "image/process_image.h"
#include "tracee/agent.h"

namespace openmosix {

/// Moves the kernel's own pages in a process to where they are in an image, and sets `vdso` accordingly. Throws
/// std::runtime_error when they have another size there, and std::system_error.
void move_vdso(Agent& agent, pid_t pid, Vdso& vdso, const ImageLayout& layout);

}  // namespace openmosix
