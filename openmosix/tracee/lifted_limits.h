// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/resource.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "tracee/agent.h"

namespace openmosix {

/// What a process has already, it got where its resource limits were looked at. As long as this lives, some of them
/// (getrlimit(2)) do not keep a stopped process from having the same here. Hard limits are lifted only if we may
/// (CAP_SYS_RESOURCE).
class LiftedLimits {
public:
    /// The process makes the calls. Throws std::runtime_error when it ends.
    LiftedLimits(Agent& agent, std::span<const __rlimit_resource> resources);
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

/// The limits of memory, which is given elsewhere without them.
inline constexpr std::array memory_limits{RLIMIT_AS, RLIMIT_DATA};
/// The limit of signals that are queued, all of the same user.
inline constexpr std::array signal_limits{RLIMIT_SIGPENDING};

}  // namespace openmosix
