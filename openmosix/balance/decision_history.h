// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "balance/admission.h"
#include "balance/candidate.h"
#include "balance/selection.h"

namespace openmosix::balance {

/// It is to go to this node.
struct MoveDecided {
    NodeId target = 0;
    bool operator==(const MoveDecided&) const = default;
};
/// It stays, whatever other nodes offer.
struct StayDecided {
    StayReason reason = StayReason::locked;
    bool operator==(const StayDecided&) const = default;
};
/// No node was better.
struct NothingBetter {
    bool operator==(const NothingBetter&) const = default;
};
using DecisionOutcome = std::variant<MoveDecided, StayDecided, NothingBetter>;

/// One decision about a process, with what it was made from.
struct Decision {
    Instant time{};
    MovePurpose purpose = MovePurpose::balance;
    DecisionOutcome outcome = NothingBetter{};
    /// Empty for a StayDecided.
    HereAndNow here;
    /// The best ones first, at most tuning::max_candidates_of_decision.
    std::vector<Candidate> candidates;
    /// How many there were.
    std::size_t candidate_count = 0;
    /// What the process or an administrator said, and what became of a move.
    std::string detail;
};

/// The last decisions about each process: at most tuning::max_decisions_of_process of
/// tuning::max_explained_processes, those decided on last. A decision with the same outcome replaces the one before, so
/// what has led to a move is not pushed out by what follows. One thread.
class DecisionHistory {
public:
    void record(const ProcessId& process, Decision decision);
    /// What became of the last decision to move; nothing when there is none.
    void add_result(const ProcessId& process, const std::string& result);

    void forget(const ProcessId& process);

    /// The oldest first; empty when there are none.
    [[nodiscard]] std::vector<Decision> of(const ProcessId& process) const;
    [[nodiscard]] std::size_t size() const { return processes_.size(); }

private:
    struct Decisions {
        std::deque<Decision> decisions;
        std::uint64_t last_use = 0;
    };
    void forget_oldest();

    std::map<ProcessId, Decisions> processes_;
    std::map<std::uint64_t, ProcessId> by_use_;
    std::uint64_t uses_ = 0;
};

}  // namespace openmosix::balance
