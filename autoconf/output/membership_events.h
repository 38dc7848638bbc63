// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "membership/member_view.h"

namespace clusterdisc {

/// What a hook is told.
struct MembershipEvent {
    enum class Kind : std::uint8_t { join, leave, change };

    Kind kind = Kind::join;
    NodeId id = 0;
    std::string address;
    std::string name;

    bool operator==(const MembershipEvent&) const = default;
};

const char* to_text(MembershipEvent::Kind kind);

/// What happened to the members of the node map between two views, ourselves included: first who left, by the id it
/// had, then who has another id or address, then who joined.
std::vector<MembershipEvent> membership_events(const ClusterView& before, const ClusterView& after);

}  // namespace clusterdisc
