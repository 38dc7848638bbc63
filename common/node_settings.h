// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/node_id.h"

namespace clusterdisc {

/// The cluster that a node belongs to when nobody names one.
inline constexpr std::string_view default_cluster_name = "clusterdisc";

/// What was said about this node for this boot. Only what was said is set, so that a setting which
/// nobody gave is left to the agent's own configuration.
struct NodeSettings {
    /// One DNS label in lower case: it becomes part of key derivation and of DNS-SD names.
    std::optional<std::string> cluster;
    std::optional<NodeId> node_id;
    /// Interface names or patterns (`*`, `?`) of the links that carry the cluster.
    std::vector<std::string> interfaces;
    std::optional<bool> no_migrate;

    bool operator==(const NodeSettings&) const = default;
};

/// A cluster name has 1 to 32 characters, which leaves room beside a node's name in the 63 bytes of a
/// DNS-SD instance name (RFC 6763, section 4.1.1), and the characters of a host name label (RFC 1123,
/// section 2.1). Upper case is not valid here: DNS does not tell it from lower case, keys would.
bool is_cluster_name(std::string_view text);
/// The same in words.
inline constexpr const char* cluster_name_wanted = "a name of up to 32 lower-case letters, digits and inner hyphens";

/// Node ids are 1 to 65534, so that each has an address in the cluster's network 10.77.0.0/16.
std::optional<NodeId> parse_node_id(std::string_view text);

/// An interface name as the kernel accepts it (dev_valid_name() in net/core/dev.c: 1 to 15 bytes, not
/// `.` or `..`, no `/`, `:` or white space), in which `*` and `?` may stand for any characters; further
/// restricted to printable ASCII without quotes and backslashes.
bool is_interface_pattern(std::string_view text);

/// The settings as a TOML document (https://toml.io/en/v1.0.0), with a comment for human readers.
std::string to_toml(const NodeSettings& settings);

/// Reads what to_toml() writes: comments, blank lines and `key = value` with a string, an integer, a
/// boolean or a list of strings without escapes on one line. Anything else, and an invalid value, gives
/// nothing.
std::optional<NodeSettings> from_toml(std::string_view document);

}  // namespace clusterdisc
