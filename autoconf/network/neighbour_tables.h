// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "network/netlink.h"

namespace clusterdisc {

/// The kernel's tables of neighbours, one for IPv4 and one for IPv6, for all network namespaces together. When one is
/// full (arp(7), gc_thresh3), what is sent to further nodes is lost without a word.
class NeighbourTables {
public:
    /// Takes in one message of a dump by RTM_GETNEIGHTBL; others are ignored.
    void apply(const nlmsghdr& message);
    /// For each table that has been full since it was first seen, a line for people; for each once.
    std::vector<std::string> take_warnings();

private:
    struct Table {
        std::uint64_t first_fulls = 0;
        std::uint64_t fulls = 0;
        std::uint32_t max_entries = 0;
        bool is_reported = false;
    };

    /// By address family.
    std::map<std::uint8_t, Table> tables_;
};

}  // namespace clusterdisc
