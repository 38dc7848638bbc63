// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "common/boot_settings_paths.h"
#include "common/cluster_keys.h"
#include "common/node_settings.h"
#include "common/secret_files.h"

namespace clusterdisc {

/// The configuration of omdiscd, of which every daemon of the node takes what is in ClusterSettings.
inline constexpr const char* agent_configuration_file = "/etc/openmosix/omdiscd.toml";

/// Which cluster this node belongs to, for daemons other than omdiscd, which must agree with it.
struct ClusterSettings {
    std::string cluster = std::string(default_cluster_name);
    /// Empty: read_secrets() looks.
    std::string key_file;
    std::string passphrase_file;
    /// No process of this node leaves it, and none comes.
    bool nomigrate = false;
};

/// As omdiscd has them: from its configuration file and, over that, from what was said at the boot prompt; either may
/// be missing. What is wrong is added to `problems`, one line each; other keys of omdiscd are skipped.
ClusterSettings read_cluster_settings(std::vector<std::string>& problems,
                                      const std::string& configuration_file = agent_configuration_file,
                                      const BootSettingsPaths& boot = BootSettingsPaths(boot_settings_folder));

/// The keys by which the nodes of that cluster know each other. Throws as read_secrets() and KeyRing() do.
KeyRing read_key_ring(const ClusterSettings& settings);

}  // namespace clusterdisc
