// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/event_loop.h"
#include "common/file_descriptor.h"
#include "common/file_watch.h"
#include "common/node_map.h"

namespace openmosix {

/// The node of the map that has one of `addresses`; none when there is none.
std::optional<clusterdisc::NodeId> own_node(std::span<const clusterdisc::NodeMapEntry> entries,
                                            std::span<const clusterdisc::IpAddress> addresses);

/// Those of this machine's interfaces, without loopback and link-local ones. Throws std::system_error.
std::vector<clusterdisc::IpAddress> own_addresses();

/// Follows the node map, which omdiscd or an administrator writes, and this machine's addresses, by which it knows
/// which node it is.
class Membership {
public:
    struct Settings {
        /// The file.
        std::string map;
        /// 0: found out.
        clusterdisc::NodeId node = 0;
        /// An address that counts as ours although it may not be there yet.
        std::optional<clusterdisc::IpAddress> address;
    };

    /// `on_change` is called after the map or which node we are has changed, and may also be called when neither has.
    /// Throws std::system_error.
    Membership(sd_event* event, Settings settings, std::function<void()> on_change);

    /// Empty when there is no map, or a wrong one.
    [[nodiscard]] const std::vector<clusterdisc::NodeMapEntry>& entries() const { return entries_; }
    /// None when we are not in the map.
    [[nodiscard]] std::optional<clusterdisc::NodeId> node() const { return node_; }
    /// Ours in the map; none when it is no IP address.
    [[nodiscard]] std::optional<clusterdisc::IpAddress> address() const;
    /// The member with this address.
    [[nodiscard]] std::optional<clusterdisc::NodeId> node_at(const clusterdisc::IpAddress& address) const {
        return clusterdisc::node_in_map(entries_, address);
    }
    /// Why there is no node(), for people.
    [[nodiscard]] std::string problem() const;

private:
    void read_map();
    void find_node();

    Settings settings_;
    std::function<void()> on_change_;
    clusterdisc::FileWatch watch_;
    clusterdisc::FileDescriptor addresses_;
    std::vector<clusterdisc::NodeMapEntry> entries_;
    std::optional<clusterdisc::NodeId> node_;
    /// What is wrong with the map.
    std::string problem_;
    clusterdisc::EventSource map_source_;
    clusterdisc::EventSource address_source_;
};

}  // namespace openmosix
