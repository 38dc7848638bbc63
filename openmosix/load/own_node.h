// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "balance/load_average.h"
#include "balance/node_state.h"

namespace openmosix {

/// The number of runnable threads but one, which is the reader, from the content of /proc/loadavg; 0 when it is
/// something else.
double parse_runnable(std::string_view loadavg);

struct MemoryPages {
    std::uint32_t total = 0;
    std::uint32_t free = 0;
};
/// In pages of balance::page_size, from the content of /proc/meminfo: what there is, and what could be had without
/// swapping.
MemoryPages parse_memory(std::string_view meminfo);

/// Measures what this node says about itself. One thread.
class OwnNode {
public:
    /// `group`: the directory of the control group that is the node, where several share a machine; empty: the machine.
    /// Finds out what processors there are, and what `root`, or the group, limits them to: as the root directory of
    /// control groups a container has its own group.
    explicit OwnNode(std::string group, const std::string& root = "/sys/fs/cgroup");

    void set_speed(std::uint32_t speed) { state_.speed = speed; }
    [[nodiscard]] std::uint32_t speed() const { return state_.speed; }

    /// Looks once; to be called some times per second. `others`: processes that do not work for this node's users:
    /// guests, and parts of omd. Throws std::runtime_error when /proc is not there.
    void sample(clusterdisc::Instant now, const std::set<pid_t>& others);
    [[nodiscard]] balance::LoadAverage& load() { return load_; }
    /// The last look, of the load none before the first sample; node, guests and policies are for the caller to fill
    /// in.
    [[nodiscard]] balance::NodeState state(clusterdisc::Instant now) const;
    /// Mean number of runnable processes without `others`.
    [[nodiscard]] double own_runnable(clusterdisc::Instant now) const { return own_load_.value(now); }

private:
    [[nodiscard]] double runnable() const;
    void look_at_memory();

    std::string group_;
    balance::NodeState state_;
    balance::LoadAverage load_;
    balance::LoadAverage own_load_;
};

}  // namespace openmosix
