// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "control/move_hints.h"
#include "control/request.h"
#include "control/requester.h"

namespace openmosix {

/// What users have set for processes of this node, in a file for each: it is there when omd starts again, and counts
/// for the process with this pid and start time alone. What is not set for a process is as for its parent at the moment
/// when somebody asks; a process whose parent has ended has another one from then on (prctl(2), PR_SET_CHILD_SUBREAPER)
/// and loses what it had from it. Our kernel does better: where it keeps settings of processes
/// (kernel_interface/process_settings.h), those count, and what is set here is set there.
class HintStore {
public:
    /// Makes the folder. Throws std::system_error.
    explicit HintStore(std::string folder);

    /// What counts for a process: every hint has a value, the usual one where neither it nor an ancestor has one.
    [[nodiscard]] MoveHints hints_of(pid_t pid) const;

    /// Sets what the request sets; the answer as a line, with what counts then. Who may move a process may set its
    /// hints, and everybody may ask. Throws std::system_error when they cannot be kept, std::runtime_error when there
    /// is no such process.
    [[nodiscard]] std::string set(const HintRequest& request, const Requester& requester) const;

    /// For more processes at a time none are kept.
    static constexpr std::size_t max_processes = 16'384;

private:
    /// Of the process itself, as far as they are set.
    [[nodiscard]] MoveHints own_hints(pid_t pid) const;
    void write(pid_t pid, const MoveHints& hints) const;
    /// Removes the files of processes that have ended; returns how many there are.
    [[nodiscard]] std::size_t sweep() const;
    [[nodiscard]] std::string path_of(pid_t pid) const;

    std::string folder_;
};

}  // namespace openmosix
