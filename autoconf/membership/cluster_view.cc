// SPDX-License-Identifier: GPL-2.0-or-later
#include "membership/cluster_view.h"

#include <algorithm>
#include <utility>

namespace clusterdisc {
namespace {

MemberView view_of_self(const PeerTable& table, std::span<const Link> links, Instant started) {
    MemberView self;
    self.record = table.self_record();
    self.is_self = true;
    self.in_map = table.self().stage == Stage::member;
    self.discovery = Discovery::self;
    self.since = started;
    const auto link = std::ranges::find_if(links, [](const Link& one) { return !one.addresses.empty(); });
    if (link != links.end()) {
        self.path = Path{.link = link->index, .endpoint = {.address = link->addresses.front().address, .port = 0}};
    }
    return self;
}

MemberView view_of(const PeerTable& table, const Peer& peer) {
    MemberView member;
    member.record = peer.record;
    member.condition = peer.condition;
    member.in_map = table.is_in_map(peer);
    member.discovery = peer.discovery;
    member.path = peer.paths.best();
    const PathTable::Entry* const entry = peer.paths.best_entry();
    if (entry != nullptr) {
        member.round_trip = entry->round_trip;
    }
    member.since = peer.since;
    return member;
}

}  // namespace

ClusterView make_cluster_view(const PeerTable& table, std::span<const Link> links, Instant started) {
    ClusterView view = {view_of_self(table, links, started)};
    for (const auto& [identity, peer] : table.peers()) {
        if (peer.is_known()) {
            view.push_back(view_of(table, peer));
        }
    }
    std::sort(view.begin() + 1, view.end(), [](const MemberView& first, const MemberView& second) {
        return std::pair(first.record->id, first.record->identity) <
               std::pair(second.record->id, second.record->identity);
    });
    return view;
}

}  // namespace clusterdisc
