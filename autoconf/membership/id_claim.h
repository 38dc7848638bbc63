// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <optional>

#include "common/random.h"
#include "membership/environment.h"
#include "membership/peer_table.h"

namespace clusterdisc {

/// How a node gets its node id and keeps it.
///
/// The id follows from the hardware (or is wished for), so that a PC has the same one at its next boot. It is claimed
/// aloud; when nobody who outranks us holds or wants it for a while, it is ours. Whenever we hear of a node with the
/// same id that outranks us (two clusters were plugged together, a claim was lost on the way), we claim another one:
/// all nodes decide alike, as outranks() looks at nothing but the two records.
class IdClaim {
public:
    /// `announce`: our record changed, tell everybody.
    IdClaim(PeerTable& table, Environment& environment, NodeId wanted, std::function<void(Instant)> announce)
        : table_(table), environment_(environment), wanted_(wanted), announce_(std::move(announce)) {}

    void start(Instant now, Random& random);
    /// Looks whether our id is still ours; to be called when the table has changed.
    void check(Instant now);
    void tick(Instant now);
    [[nodiscard]] std::optional<Instant> next() const;
    /// A member was asked for its table: no decision before the answer.
    void expect_table(Instant now);
    /// We did not run for so long: objections may wait unread.
    void delay(Instant pause);

private:
    void claim(Instant now);
    void become_member(Instant now);
    void settle(Instant now);
    [[nodiscard]] NodeId candidate(std::size_t number) const;
    [[nodiscard]] bool may_be_our_former_self(const Peer& holder, Instant now) const;
    [[nodiscard]] Instant decision_time() const;

    PeerTable& table_;
    Environment& environment_;
    NodeId wanted_;
    std::function<void(Instant)> announce_;
    Instant started_{};
    Instant claimed_{};
    Instant table_expected_{};
    Instant settling_time_{};
    std::optional<Instant> together_since_;
    /// Since when a node that we do not reach is said to have a better right to our id.
    std::optional<Instant> rival_since_;
};

}  // namespace clusterdisc
