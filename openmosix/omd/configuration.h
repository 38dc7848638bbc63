// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "balance/selection.h"
#include "common/cluster_settings.h"
#include "control/node_switches.h"
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
    std::uint32_t max_guests = 64;
    /// Whether processes move by themselves, and others learn of this node's load. The package's omd.toml has it on.
    bool balance = false;
    /// Which of them.
    balance::Selection selection;
    /// Whether guests go when the node's own user needs it.
    bool yield_to_user = true;
    /// At which terminals that user types: patterns of glob(7). Those of remote logins are not among them.
    std::vector<std::string> user_terminals = {"/dev/console", "/dev/tty[1-9]*", "/dev/ttyS[0-9]*", "/dev/hvc[0-9]*"};
    /// The directory of the control group that is the node, where several nodes share a machine; empty: the machine.
    std::string node_group;
    /// The file of the initial network namespace, in which alone the kernel tells of processes (process_events.h),
    /// where this omd is in another one; empty: it is in that.
    std::string initial_network;
    /// What openmosix.config says about this node; counts when omd starts for the first time since the boot.
    NodeSwitches first_switches;
    /// The same of its speed (balance/yardstick.h); 0: it is measured.
    std::uint32_t first_speed = 0;
};

/// Reads a TOML document over `configuration`; what is wrong is added to `problems`, as `FILE:LINE: what`.
void read_toml(std::string_view document, const std::string& file, Configuration& configuration,
               std::vector<std::string>& problems);

/// From `file`, which then must exist, and openmosix.config beside it (common/openmosix_config.h); when it is empty
/// from openmosix.config, omdiscd's configuration, omd.toml and what was said at the boot prompt, as far as they exist.
/// Throws std::runtime_error with all that is wrong, one to a line.
Configuration read_configuration(const std::string& file);

}  // namespace openmosix
