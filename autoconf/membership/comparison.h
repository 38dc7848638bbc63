// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>

#include "common/random.h"
#include "membership/messenger.h"
#include "membership/peer_table.h"

namespace clusterdisc {

/// Finds what two tables differ in, when news got lost on the way or two clusters meet: every message carries a digest
/// of its sender's table; when the difference lasts, digests of its parts are exchanged, then the parts that differ.
class Comparison {
public:
    Comparison(PeerTable& table, Messenger& messenger, Random& random)
        : table_(table), messenger_(messenger), random_(random) {}

    /// The table of a node has this digest.
    void see(Peer& peer, std::uint64_t digest, Instant now);
    /// Asks a node at once.
    void ask(Peer& peer, Instant now);
    /// Sends what differs.
    void answer(const Message& message, Peer& peer, Instant now);

private:
    [[nodiscard]] std::vector<Rumour> differences(const Message& message, Instant now);

    PeerTable& table_;
    Messenger& messenger_;
    Random& random_;
    std::optional<Instant> different_since_;
    std::optional<Instant> last_;
};

}  // namespace clusterdisc
