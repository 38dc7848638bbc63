// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>
#include <string>

#include "membership/member_view.h"

namespace clusterdisc {

/// A member of the map with everything usual, for tests.
inline MemberView sample_member(NodeId id, const std::string& name, bool is_self = false) {
    auto record = std::make_shared<NodeRecord>();
    record->public_key = {static_cast<std::uint8_t>(id), 1};
    record->identity = identity_of(record->public_key);
    record->id = id;
    record->stage = Stage::member;
    record->name = name;
    record->keys = {1};
    MemberView member;
    member.record = record;
    member.is_self = is_self;
    member.in_map = true;
    member.discovery = is_self ? Discovery::self : Discovery::multicast;
    member.since = std::chrono::seconds(100);
    if (!is_self) {
        member.path = Path{.link = 2, .endpoint = {.address = *parse_ip_address("fe80::1"), .port = 5428}};
        member.round_trip = std::chrono::microseconds(120);
    }
    return member;
}

/// The same with another record.
template <typename Change>
MemberView with_record(MemberView member, Change change) {
    auto record = std::make_shared<NodeRecord>(*member.record);
    change(*record);
    member.record = record;
    return member;
}

inline std::string sample_interface(std::uint32_t index) {
    return "eth" + std::to_string(index);
}

}  // namespace clusterdisc
