// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "common/random.h"
#include "membership/link.h"
#include "membership/messenger.h"
#include "membership/peer_table.h"

namespace clusterdisc {

/// Gets in touch: with nodes that were heard of but have not answered yet, with addresses of which nobody knows who is
/// there, and for ever, ever more rarely, with nodes that died, so that what was torn apart finds together again.
class Contacts {
public:
    Contacts(PeerTable& table, Messenger& messenger, Random& random)
        : table_(table), messenger_(messenger), random_(random) {}

    /// A message came that may be a recording: asks whether its sender is there.
    void hear_unproven(Peer& peer, const Path& from, const Message& message, Instant now);
    /// A node was heard of that we have no contact with. `is_urgent`: it claims our id.
    void want(Peer& peer, Instant now, bool is_urgent = false);
    /// An address at which a node may be. `is_permanent`: asked for ever, as a person configured it.
    void hint(const Path& path, Discovery discovery, bool is_permanent, Instant now);
    void set_links(std::span<const Link> links, Instant now);
    /// The node at this address answered.
    void answered(const Path& path);
    void tick(Instant now);
    [[nodiscard]] std::optional<Instant> next() const;
    [[nodiscard]] std::span<const Link> links() const { return links_; }

private:
    struct Hint {
        Path path;
        Discovery discovery = Discovery::static_peer;
        bool is_permanent = false;
        Instant next{};
        int attempts = 0;
    };

    void schedule(Peer& peer, Instant when);
    void contact(Peer& peer, Instant now);
    void try_hints(Instant now);
    [[nodiscard]] bool is_own(const Path& path) const;
    [[nodiscard]] bool is_in_touch(const Path& path) const;

    PeerTable& table_;
    Messenger& messenger_;
    Random& random_;
    std::vector<Link> links_;
    std::set<std::pair<Instant, Identity>> schedule_;
    std::vector<Hint> hints_;
};

}  // namespace clusterdisc
