// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "balance/best_place.h"
#include "balance/candidate.h"
#include "balance/command_history.h"
#include "balance/decision_history.h"
#include "balance/move.h"
#include "balance/move_costs.h"
#include "balance/process_records.h"
#include "balance/selection.h"
#include "balance/sent_work.h"
#include "balance/situation.h"
#include "balance/view_table.h"
#include "common/random.h"

namespace openmosix::balance {

/// Decides for the processes that run on this node which of them move where, and why. No sockets, no clocks, no /proc:
/// states and times go in, moves come out. The same code runs in omd and in the simulator.
///
/// Each node decides for itself on its partial view, about guests, too, whose homes make the moves to other nodes. What
/// keeps the whole stable: gains must be more than the error of what is known, a process stays for a while where it
/// came to, it does not go back to where it left from when nothing has changed, targets admit by what they know of
/// themselves, and good targets are chosen among at random. One thread; `now` never goes back.
class MovePlanner {
public:
    MovePlanner(NodeId own, std::uint64_t seed) : own_(own), random_(seed) {}

    void set_selection(Selection selection) { selection_ = std::move(selection); }

    /// To be called once per tuning::decision_interval with all processes that run here and may come into question, and
    /// those of this node that are elsewhere. Returns the moves that shall be made now, of each process one at most;
    /// until move_ended() the process is not looked at again.
    std::vector<Move> round(const Situation& situation, std::span<const ProcessState> processes,
                            std::span<const AwayProcess> away);

    /// Where a program that is about to be executed shall start: called for programs that mosrun starts, and for those
    /// of children of a process that is balanced. None: here. `process` is the process before execve(2), with its new
    /// command; its age and calls do not count, those of the command's former runs do.
    std::optional<Move> place(const Situation& situation, const ProcessState& process);

    /// Chooses as best_place() does, and counts the process as sent there.
    std::optional<NodeId> best_place(const Situation& situation, const BestPlaceRequest& request);

    /// What became of a move.
    void move_ended(Instant now, const Move& move, const MoveResult& result);
    /// A process of this node executes a program: what was known of the one before is over.
    void process_started(pid_t pid);
    /// A process of this node has ended, and its number may be another one's.
    void process_ended(pid_t pid);
    /// A process that was started by mosrun, or that place() was asked about, has ended.
    void program_ended(const std::string& command, const ProgramNeeds& needs) { commands_.ended(command, needs); }

    [[nodiscard]] MoveCosts& costs() { return costs_; }
    [[nodiscard]] const MoveCosts& costs() const { return costs_; }
    [[nodiscard]] const CommandHistory& commands() const { return commands_; }
    [[nodiscard]] const DecisionHistory& history() const { return history_; }

private:
    /// A process with its best target.
    struct Choice {
        const ProcessState* process = nullptr;
        HereAndNow here;
        Candidate target;
        Decision decision;
    };

    [[nodiscard]] std::optional<StayReason> stay_reason(Instant now, const ProcessState& process, const NodeState& own,
                                                        MovePurpose purpose) const;
    void record_stay(const Situation& situation, const ProcessId& process, StayReason reason,
                     const std::string& detail = {});
    std::vector<const ProcessState*> movable(const Situation& situation, std::span<const ProcessState> processes,
                                             MovePurpose purpose);
    [[nodiscard]] std::vector<Candidate> assess_all(const Situation& situation, const ProcessState& process,
                                                    const HereAndNow& here, MovePurpose purpose,
                                                    double move_seconds) const;
    std::optional<Candidate> draw(std::vector<Candidate>& candidates);
    std::optional<Choice> choose(const Situation& situation, const ProcessState& process, MovePurpose purpose,
                                 std::optional<double> expected_work);
    Move decide(Situation& situation, Choice choice, MovePurpose purpose);
    Move to_home(const Situation& situation, const ProcessId& process, NodeId from, MovePurpose purpose);

    void bring(const Situation& situation, std::span<const AwayProcess> away, std::vector<Move>& moves);
    void expel(const Situation& situation, std::span<const ProcessState> processes, std::vector<Move>& moves);
    void yield_to_user(Situation& situation, std::span<const ProcessState> processes, std::vector<Move>& moves);
    void usher(Situation& situation, std::span<const ProcessState> processes, std::vector<Move>& moves);
    void balance(Situation& situation, std::span<const ProcessState> processes, std::vector<Move>& moves);

    NodeId own_;
    clusterdisc::Random random_;
    Selection selection_;
    MoveCosts costs_;
    CommandHistory commands_;
    ProcessRecords records_;
    SentWork sent_;
    DecisionHistory history_;
    std::map<NodeId, Instant> paused_targets_;
};

}  // namespace openmosix::balance
