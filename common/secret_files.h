// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "common/boot_settings_paths.h"
#include "common/cluster_secret.h"

namespace clusterdisc {

/// Where the boot puts its files.
inline constexpr const char* boot_settings_folder = "/run/clusterdisc";
/// The cluster key of a node that nothing else tells one.
inline constexpr const char* installed_key_file = "/etc/openmosix/cluster.key";

/// The files with the cluster's secret that a daemon was told of; empty: none. When both are there, the key counts.
struct SecretFiles {
    std::string key;
    std::string passphrase;
};

/// The secrets of the cluster: from the files that are configured, else from the first that exists of the boot's
/// cluster key and passphrase (boot_settings_paths.h) and installed_key_file. Throws std::runtime_error that says what
/// is missing and where to put it, and std::system_error when a file cannot be read.
std::vector<ClusterSecret> read_secrets(const SecretFiles& configured,
                                        const BootSettingsPaths& boot = BootSettingsPaths(boot_settings_folder));

}  // namespace clusterdisc
