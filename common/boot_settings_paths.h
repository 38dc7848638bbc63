// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

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
/// For sshd there is also `authorized_keys` (autoconf/boot_settings.h).
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

}  // namespace clusterdisc
