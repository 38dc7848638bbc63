// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/node_id.h"

namespace clusterdisc {

/// What `openmosix.config` says, the file by which the init script of openMosix was configured: assignments as in a
/// shell script, as distributions shipped it from 2003 on. Only what the file has is set. omdiscd and omd read it
/// before their own configuration, which counts more.
struct OpenmosixConfig {
    /// AUTODISCIF: names or patterns of the links that carry the cluster, with commas or blanks between them.
    std::vector<std::string> interfaces;
    /// MYOMID; 0 there means none.
    std::optional<NodeId> node_id;
    /// NODESPEED, as `mosctl setspeed` takes it.
    std::optional<std::uint32_t> speed;
    /// MIGRATE: whether processes leave this node by themselves.
    std::optional<bool> migrates;
    /// BLOCK: whether the node takes no guests.
    std::optional<bool> blocks;
    /// The names of all others that are set, in their order: they have no meaning here.
    std::vector<std::string> others;
};

/// Understands the file's text. Lines are empty, comments, or `NAME=VALUE` with the value in quotes or without; what is
/// wrong is added to `problems`, as `FILE:LINE: what and what instead`, and changes nothing.
OpenmosixConfig parse_openmosix_config(std::string_view text, const std::string& file,
                                       std::vector<std::string>& problems);

/// The same with the file `openmosix.config` in the directory of another configuration file; it need not exist.
OpenmosixConfig read_openmosix_config_beside(const std::string& configuration_file, std::vector<std::string>& problems);

}  // namespace clusterdisc
