// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "tracee/agent.h"

namespace openmosix {

/// Resource limits do not stop a process from getting memory elsewhere. As long as this lives, they do not keep a
/// stopped process from having the same memory here, either (RLIMIT_AS and RLIMIT_DATA in getrlimit(2)). Hard limits
/// are lifted only if we may (CAP_SYS_RESOURCE).
class LiftedLimits {
public:
    /// The process makes the calls. Throws std::runtime_error when it ends.
    LiftedLimits(Tracee& tracee, Agent& agent);
    LiftedLimits(const LiftedLimits&) = delete;
    LiftedLimits& operator=(const LiftedLimits&) = delete;
    LiftedLimits(LiftedLimits&&) = delete;
    LiftedLimits& operator=(LiftedLimits&&) = delete;
    /// They are again what they were.
    ~LiftedLimits();

private:
    /// struct rlimit64, the same for both ABIs.
    struct Limit {
        std::uint64_t soft = 0;
        std::uint64_t hard = 0;
    };
    struct Lifted {
        std::uint64_t resource = 0;
        Limit before;
    };
    void set(std::uint64_t resource, const Limit& limit);

    Agent& agent_;
    std::vector<Lifted> lifted_;
};

}  // namespace openmosix
