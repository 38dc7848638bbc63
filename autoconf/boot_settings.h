// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "boot_parameters.h"

namespace clusterdisc {

/// The files in which the boot parameters are put for the agent (omdiscd), for omd and for people, all in
/// one folder, by default /run/clusterdisc. Each is replaced in one step.
///
/// | file          | mode | content                                                                       |
/// |---------------|------|-------------------------------------------------------------------------------|
/// | `node.toml`   | 0644 | `cluster` (string), `nodeid` (integer), `netif` (list of strings),            |
/// |               |      | `nomigrate` (boolean); only what was given, hence to be read *over* the       |
/// |               |      | agent's own configuration; nothing secret                                     |
/// | `cluster.key` | 0600 | the cluster key: 64 hexadecimal digits and a line end                         |
/// | `passphrase`  | 0600 | the text typed as `clusterkey=` and a line end                                |
/// | `problems`    | 0644 | what was wrong, one line each; empty when nothing was                         |
///
/// Of `cluster.key` and `passphrase` at most one is there; with neither, the node has no secret and must
/// not join anybody. `problems` is written last: once it is there, the others are complete.
struct BootSettingsPaths {
    explicit BootSettingsPaths(std::string in_folder);

    std::string folder;
    std::string node;
    std::string key;
    std::string passphrase;
    std::string problems;
};

/// Where the cluster key of the medium is.
std::string medium_key_path(const std::string& medium);

/// The secret of this node: the typed one, else the medium's key. Whatever is wrong with the medium's key is
/// added to `problems`.
std::optional<ClusterSecret> choose_secret(const BootParameters& parameters, const std::string& medium,
                                           std::vector<std::string>& problems);

/// Writes the files. Throws std::system_error when that is not possible; then no secret of an earlier run
/// is left behind.
void write_boot_settings(const BootSettingsPaths& paths, const NodeSettings& settings,
                         const std::optional<ClusterSecret>& secret, const std::vector<std::string>& problems);

/// What write_boot_settings() left for everybody to read.
struct BootSettings {
    NodeSettings settings;
    std::vector<std::string> problems;
};

/// Reads it back. When it is not there or not readable, that itself is the problem reported.
BootSettings read_boot_settings(const BootSettingsPaths& paths);

}  // namespace clusterdisc
