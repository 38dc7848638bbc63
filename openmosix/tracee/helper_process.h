// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "tracee/agent.h"
#include "tracee/memory_file.h"
#include "tracee/tracee.h"

namespace openmosix {

/// A process that a stopped one makes for us. They share the address space, so what the helper does with its memory
/// concerns the other's; descriptors are the helper's own, and there are none at first. It is traced, runs no code but
/// an agent's, and is gone in the end. The other must stay stopped as long as it lives.
class HelperProcess {
public:
    /// Throws std::system_error when the kernel refuses another process, std::runtime_error when either ends.
    HelperProcess(Tracee& owner, Agent& owner_agent, const MemoryFile& memory);
    HelperProcess(const HelperProcess&) = delete;
    HelperProcess& operator=(const HelperProcess&) = delete;
    HelperProcess(HelperProcess&&) = delete;
    HelperProcess& operator=(HelperProcess&&) = delete;
    ~HelperProcess();

    [[nodiscard]] pid_t pid() const { return tracee_->pid(); }
    /// Uses the same area as the owner's: one of them at a time.
    [[nodiscard]] Agent& agent() { return *agent_; }

private:
    explicit HelperProcess(Agent& owner_agent) : owner_agent_(owner_agent) {}

    Agent& owner_agent_;
    /// As the owner numbers it, which can be in another PID namespace.
    std::int64_t owners_number_ = 0;
    std::optional<Tracee> tracee_;
    std::optional<Agent> agent_;
};

}  // namespace openmosix
