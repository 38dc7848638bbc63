// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "boot_parameters.h"
#include "common/boot_settings_paths.h"

namespace clusterdisc {

/// Where the cluster key of the medium is.
std::string medium_key_path(const std::string& medium);

/// The secret of this node: the typed one, else the medium's key. Whatever is wrong with the medium's key is
/// added to `problems`.
std::optional<ClusterSecret> choose_secret(const BootParameters& parameters, const std::string& medium,
                                           std::vector<std::string>& problems);

/// Where sshd finds the public key of who may log in to the node, in the folder of the other files; for everybody to
/// read.
std::string authorized_keys_path(const BootSettingsPaths& paths);

/// Writes the files. Throws std::system_error when that is not possible; then no secret and no authorized key of an
/// earlier run is left behind.
void write_boot_settings(const BootSettingsPaths& paths, const NodeSettings& settings,
                         const std::optional<ClusterSecret>& secret, const std::optional<std::string>& ssh_key,
                         const std::vector<std::string>& problems);

/// What write_boot_settings() left for everybody to read.
struct BootSettings {
    NodeSettings settings;
    std::vector<std::string> problems;
};

/// Reads it back. When it is not there or not readable, that itself is the problem reported.
BootSettings read_boot_settings(const BootSettingsPaths& paths);

}  // namespace clusterdisc
