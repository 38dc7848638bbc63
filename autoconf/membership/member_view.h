// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/instant.h"
#include "wire/message.h"
#include "wire/node_record.h"

namespace clusterdisc {

/// How we first heard of a node.
enum class Discovery : std::uint8_t { self, multicast, avahi, static_peer, gossip };
const char* to_text(Discovery discovery);

/// A node as the outputs see it.
struct MemberView {
    std::shared_ptr<const NodeRecord> record;
    Condition condition = Condition::alive;
    bool is_self = false;
    /// In the node map: owns its id, and we have a working path to it.
    bool in_map = false;
    Discovery discovery = Discovery::gossip;
    /// The path in use; of ourselves: an own address, and the link that has it.
    std::optional<Path> path;
    std::optional<std::chrono::microseconds> round_trip;
    /// When it became what it is now.
    Instant since{};
};

/// Everything that is known at one moment; ourselves first, then by node id and identity.
using ClusterView = std::vector<MemberView>;

}  // namespace clusterdisc
