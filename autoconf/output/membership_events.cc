// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/membership_events.h"

#include <map>

#include "output/node_map.h"

namespace clusterdisc {
namespace {

std::map<Identity, MembershipEvent> members_of(const ClusterView& view) {
    std::map<Identity, MembershipEvent> members;
    for (const MemberView& member : view) {
        if (member.in_map) {
            // The interface of a link-local address says nothing to anybody else.
            const auto no_name = [](std::uint32_t index) { return std::to_string(index); };
            members.emplace(member.record->identity, MembershipEvent{.kind = MembershipEvent::Kind::join,
                                                                     .id = member.record->id,
                                                                     .address = member_address(member, no_name),
                                                                     .name = member.record->name});
        }
    }
    return members;
}

}  // namespace

const char* to_text(MembershipEvent::Kind kind) {
    switch (kind) {
        case MembershipEvent::Kind::join:
            return "join";
        case MembershipEvent::Kind::leave:
            return "leave";
        case MembershipEvent::Kind::change:
            return "change";
    }
    return "";
}

std::vector<MembershipEvent> membership_events(const ClusterView& before, const ClusterView& after) {
    const auto old_members = members_of(before);
    const auto new_members = members_of(after);
    std::vector<MembershipEvent> left;
    std::vector<MembershipEvent> changed;
    std::vector<MembershipEvent> joined;
    for (const auto& [identity, member] : old_members) {
        const auto now = new_members.find(identity);
        if (now == new_members.end()) {
            left.push_back(member);
            left.back().kind = MembershipEvent::Kind::leave;
        } else if (now->second != member) {
            changed.push_back(now->second);
            changed.back().kind = MembershipEvent::Kind::change;
        }
    }
    for (const auto& [identity, member] : new_members) {
        if (!old_members.contains(identity)) {
            joined.push_back(member);
        }
    }
    std::vector<MembershipEvent> events = std::move(left);
    events.insert(events.end(), changed.begin(), changed.end());
    events.insert(events.end(), joined.begin(), joined.end());
    return events;
}

}  // namespace clusterdisc
