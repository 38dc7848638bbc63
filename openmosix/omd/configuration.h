// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "balance/selection.h"
#include "common/cluster_settings.h"
#include "peer/reserved_ports.h"

namespace openmosix {

/// omd's own configuration; it need not exist.
inline constexpr const char* configuration_file = "/etc/openmosix/omd.toml";

/// What omd.toml(5) has.
struct Configuration {
    /// As omdiscd has it, unless omd.toml says otherwise.
    clusterdisc::ClusterSettings cluster;
    /// TCP.
    std::uint16_t port = default_port;
    /// Whose rights the bodies of guests have.
    std::string guest_user = "nobody";
    /// Of all guests together, as cgroup v2 takes it for memory.max: bytes with K, M or G, or "max".
    std::string memory_limit = "60%";
    /// Of all guests together against omd itself and its supervisors: cpu.weight of cgroup v2, 1 to 10000.
    std::uint32_t cpu_weight = 100;
    /// How many guests may be here at a time.
    std::uint32_t most_guests = 64;
    /// Whether processes move by themselves, and others learn of this node's load. The package's omd.toml has it on.
    bool balance = false;
    /// Which of them.
    balance::Selection selection;
    /// The directory of the control group that is the node, where several nodes share a machine; empty: the machine.
    std::string node_group;
    /// The file of the initial network namespace, in which alone the kernel tells of processes (process_events.h),
    /// where this omd is in another one; empty: it is in that.
    std::string initial_network;
};

/// Reads a TOML document over `configuration`; what is wrong is added to `problems`, as `FILE:LINE: what`.
void read_toml(std::string_view document, const std::string& file, Configuration& configuration,
               std::vector<std::string>& problems);

/// From `file`, which then must exist, and nothing else; when it is empty from omdiscd's configuration, omd.toml and
/// what was said at the boot prompt, as far as they exist. Throws std::runtime_error with all that is wrong, one to a
/// line.
Configuration read_configuration(const std::string& file);

}  // namespace openmosix
