// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "membership/path_table.h"
#include "membership/session.h"
#include "wire/message.h"

namespace clusterdisc {

/// A suspicion against a node: since when, and how many nodes share it.
struct Suspicion {
    Instant start{};
    std::vector<Identity> accusers = {};
    /// Kept by the failure detector: when it looks again, when it asked last, and how often in vain at the end.
    Instant deadline{};
    Instant last_question{};
    int last_questions = 0;
};

/// Where a message came from that may be a recording under a forged address, and its size in bytes.
struct UnprovenPath {
    Path path;
    std::size_t received = 0;
};

/// Another node. A stranger, of whom only unproven messages came, has no record.
struct Peer {
    Identity identity{};
    std::shared_ptr<const NodeRecord> record;
    /// Of the condition; the record may be older for a moment.
    std::uint32_t incarnation = 0;
    Condition condition = Condition::alive;
    std::optional<Suspicion> suspicion;
    Session session;
    /// On which it was heard, or which its record names.
    PathTable paths;
    /// To be asked once.
    std::optional<UnprovenPath> unproven_path;
    Discovery discovery = Discovery::gossip;
    /// In this condition, and a member or not.
    Instant since{};
    /// The last fresh message, and the last answer to one of ours.
    std::optional<Instant> last_heard;
    std::optional<Instant> last_answer;
    /// It has answered us, and not been out of our reach for long since.
    bool is_reachable = false;
    /// Probes in a row that others answered for it.
    int indirect_answers = 0;
    Instant next_contact{};
    int contacts = 0;

    [[nodiscard]] bool is_known() const { return record != nullptr; }
    /// Known, and not gone.
    [[nodiscard]] bool is_live() const {
        return is_known() && (condition == Condition::alive || condition == Condition::suspect);
    }
    [[nodiscard]] bool holds(NodeId id) const { return is_live() && record->id == id && id != 0; }
};

/// What a rumour did to the table.
enum class Effect : std::uint8_t {
    none,
    /// It was new: to be passed on.
    news,
    /// It says of ourselves what is not so: to be refuted.
    slander,
};

/// All that we know of ourselves and of others. No decisions: those are of the classes that change it.
class PeerTable {
public:
    explicit PeerTable(NodeRecord self);

    [[nodiscard]] const NodeRecord& self() const { return *self_; }
    [[nodiscard]] const std::shared_ptr<const NodeRecord>& self_record() const { return self_; }
    /// Makes a new version of our record, later than the last one and than `later_than`.
    void change_self(const std::function<void(NodeRecord&)>& change, std::uint32_t later_than = 0);

    [[nodiscard]] Peer* find(const Identity& identity);
    [[nodiscard]] const Peer* find(const Identity& identity) const;
    /// Finds or adds a stranger; none when there are too many of them.
    Peer* meet(const Identity& identity);
    void forget(const Identity& identity);

    /// `accuser`: who told it.
    Effect apply(const Rumour& rumour, const Identity& accuser, Instant now);
    void set_condition(Peer& peer, Condition condition, Instant now);

    /// What we would say of a node; `with_record` also when it is not alive.
    [[nodiscard]] static Rumour rumour_about(const Peer& peer, bool with_record = false);
    [[nodiscard]] Rumour rumour_about_self() const;

    /// A live node other than us with this id; the one that outranks the others. `is_in_reach`: of those only that we
    /// reach ourselves. What a node was before its reset comes after what it is.
    [[nodiscard]] const Peer* holder_of(NodeId id, bool is_in_reach = false) const;
    /// Whether it belongs in our node map.
    [[nodiscard]] bool is_in_map(const Peer& peer) const;
    [[nodiscard]] std::size_t live_nodes() const { return live_; }
    [[nodiscard]] std::size_t strangers() const { return strangers_; }
    [[nodiscard]] const std::set<Identity>& suspects() const { return suspects_; }
    /// Who has died since the last call.
    std::vector<Identity> take_dead() { return std::exchange(dead_, {}); }

    /// The same on two nodes that know the same live nodes in the same versions.
    [[nodiscard]] std::uint64_t digest() const;
    [[nodiscard]] const PartDigests& part_digests() const { return parts_; }
    [[nodiscard]] static std::size_t part_of(const Identity& identity) { return identity.front() % table_parts; }

    struct IdentityHash {
        std::size_t operator()(const Identity& identity) const noexcept {
            std::size_t hash = 0;
            std::memcpy(&hash, identity.data(), sizeof hash);
            return hash;
        }
    };
    using Peers = std::unordered_map<Identity, Peer, IdentityHash>;
    [[nodiscard]] Peers& peers() { return peers_; }
    [[nodiscard]] const Peers& peers() const { return peers_; }

    /// Counts up whenever something changed that a view shows.
    [[nodiscard]] std::uint64_t version() const { return version_; }
    void touch() { ++version_; }

private:
    void introduce(Peer& peer, const Rumour& rumour, Instant now);
    void count(const Peer& peer, bool is_added);
    void count_self(bool is_added);
    void index_id(const Peer& peer, bool is_added);

    std::shared_ptr<const NodeRecord> self_;
    Peers peers_;
    std::unordered_multimap<NodeId, const Peer*> by_id_;
    PartDigests parts_{};
    std::set<Identity> suspects_;
    std::vector<Identity> dead_;
    std::size_t live_ = 0;
    std::size_t strangers_ = 0;
    std::uint64_t version_ = 0;
};

}  // namespace clusterdisc
