// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "kernel_interface/records.h"

namespace openmosix::kernel {

/// What omd wants the kernel to show.
struct ShownState {
    std::map<AdminFile, std::int64_t> admin;
    std::map<clusterdisc::NodeId, NodeValues> nodes;
    /// Those of this node of which there is anything to say.
    std::map<Process, ProcessState> processes;
    /// By their bodies here.
    std::map<Process, Guest> guests;
};

/// What the kernel has been told in a session, so that only what changes has to be said.
class ToldState {
public:
    /// What is to be said so that the kernel shows this; from now on it counts as said. A process that is missing is
    /// at home, and can move.
    std::vector<Record> change_to(ShownState wanted);

    /// The same for one process.
    std::vector<Record> change_to(const Process& process, const ProcessState& state);

private:
    ShownState told_;
};

}  // namespace openmosix::kernel
