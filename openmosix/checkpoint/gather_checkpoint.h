// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "checkpoint/memory_content.h"
#include "clocks/vdso.h"
#include "image/checkpoint_state.h"
#include "tracee/agent.h"
#include "tracee/tracee.h"

namespace openmosix {

struct GatheredCheckpoint {
    CheckpointState state;
    PageRanges nameless;
};

/// What an image file says of a frozen process whose image was gathered (freeze/gathering.h). `waits`: its kernel alone
/// knows how to go on with its system call (freeze/freezer.h); elsewhere it is made again. Changes nothing in the
/// process. Throws std::runtime_error with what keeps it from being written to a file, and std::system_error.
GatheredCheckpoint gather_checkpoint(Tracee& tracee, Agent& agent, const Vdso& vdso, ProcessImage image, bool waits);

}  // namespace openmosix
