// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/neighbour_tables.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace clusterdisc {

void NeighbourTables::apply(const nlmsghdr& message) {
    const auto header = family_header<ndtmsg>(message);
    if (message.nlmsg_type != RTM_NEWNEIGHTBL || !header ||
        (header->ndtm_family != AF_INET && header->ndtm_family != AF_INET6)) {
        return;
    }
    // Messages about single interfaces have no counters.
    std::optional<ndt_stats> counters;
    std::uint32_t max_entries = 0;
    for_each_attribute(message, sizeof(ndtmsg), [&](const nlattr& attribute) {
        switch (mnl_attr_get_type(&attribute)) {
            case NDTA_STATS:
                counters = attribute_value<ndt_stats>(attribute);
                break;
            case NDTA_THRESH3:
                max_entries = attribute_value<std::uint32_t>(attribute).value_or(0);
                break;
            default:
                break;
        }
    });
    if (!counters) {
        return;
    }
    const auto [entry, is_new] = tables_.try_emplace(header->ndtm_family);
    Table& table = entry->second;
    table.fulls = counters->ndts_table_fulls;
    table.max_entries = max_entries;
    if (is_new) {
        table.first_fulls = table.fulls;
    }
}

std::vector<std::string> NeighbourTables::take_warnings() {
    std::vector<std::string> warnings;
    for (auto& [family, table] : tables_) {
        if (table.is_reported || table.fulls == table.first_fulls) {
            continue;
        }
        table.is_reported = true;
        const std::string protocol = family == AF_INET ? "IPv4" : "IPv6";
        const std::string setting = family == AF_INET ? "net.ipv4.neigh.default" : "net.ipv6.neigh.default";
        std::string& warning = warnings.emplace_back("the kernel's table of ");
        warning.append(protocol).append(" neighbours is full (").append(std::to_string(table.max_entries));
        warning.append(" entries), so some nodes cannot be reached: raise ").append(setting);
        warning.append(".gc_thresh2 and ").append(setting).append(".gc_thresh3 (sysctl.d(5))");
    }
    return warnings;
}

}  // namespace clusterdisc
