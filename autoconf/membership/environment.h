// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "membership/member_view.h"
#include "wire/message.h"

namespace clusterdisc {

/// What the agent does to the world. The daemon puts sockets behind it, the simulator a virtual network; calls come
/// only from within the agent's own functions.
class Environment {
public:
    Environment() = default;
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;
    Environment(Environment&&) = delete;
    Environment& operator=(Environment&&) = delete;
    virtual ~Environment() = default;

    virtual void send(const Path& path, const Message& message) = 0;
    /// To all nodes on one link.
    virtual void multicast(std::uint32_t link, const Message& message) = 0;
    /// Asks the kernel there (ICMP echo): Agent::kernel_answered() if it does.
    virtual void probe_kernel(const Path& path) = 0;
    /// Not to be guessed by anybody, and not 0.
    virtual std::uint64_t new_challenge() = 0;
    /// Something in Agent::view() is not as before.
    virtual void view_changed() = 0;
    /// One line for people: what the agent decided about whom.
    virtual void report(const std::string& line) = 0;
};

}  // namespace clusterdisc
