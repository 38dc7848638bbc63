// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/cluster_secret.h"
#include "common/node_settings.h"

namespace clusterdisc {

/// What the kernel command line says about this node: `cluster=`, `clusterkey=`, `nodeid=`, `netif=`,
/// `nomigrate` and `sshkey=`. This is the only place where these parameters are read; docs/boot-parameters.md is their
/// documentation for users.
///
/// - A parameter given more than once: the last one counts, as for most kernel parameters, so that what is
///   typed at the end of a menu entry overrides the entry.
/// - `name=` with nothing behind it: as if it had not been given, so that a menu entry can offer it.
/// - A bad value never stops a boot: the setting stays at its default and `problems` says what was given,
///   what is wrong and what to give instead. The exception is a bad `clusterkey=`: whoever types one does
///   not want the cluster of the medium's key, so the node then has no key and stays alone.
struct BootParameters {
    NodeSettings settings;
    std::optional<ClusterSecret> typed_secret;
    /// True when `clusterkey=` was given but is unusable.
    bool is_secret_refused = false;
    /// The line of authorized_keys (sshd(8)) of who may log in to the node from elsewhere.
    std::optional<std::string> ssh_key;
    /// One line of printable ASCII each. Never contains the value of `clusterkey=`.
    std::vector<std::string> problems;
};

/// The most entries that `netif=` may have.
inline constexpr std::size_t max_interfaces = 32;

BootParameters parse_boot_parameters(std::string_view command_line);

}  // namespace clusterdisc
