// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <variant>
#include <vector>

#include "balance/load_average.h"
#include "balance/node_state.h"
#include "balance/process_state.h"

namespace openmosix::balance {

/// Why a process is to be moved.
enum class MovePurpose : std::uint8_t {
    /// It ends sooner there.
    balance = 0,
    /// This node runs short of memory.
    memory = 1,
    /// The user of this node needs it.
    own_user = 2,
    /// This node leaves, or its administrator sends guests away.
    expel = 3,
    /// An administrator brings the node's own processes home.
    bring = 4,
    /// A new program, at its start.
    start = 5,
};
const char* to_text(MovePurpose purpose);

/// True for those that do not wait until a process has been here for tuning::residency.
bool is_urgent(MovePurpose purpose);
/// True for those that are made only when they pay.
bool needs_gain(MovePurpose purpose);

/// What the source asks the target before it freezes the process.
struct AdmissionRequest {
    ProcessId process;
    NodeId from = 0;
    MovePurpose purpose = MovePurpose::balance;
    Abi abi = Abi::i386;
    std::uint32_t pages = 0;
    double demand = 1;
    /// Runnable processes that the source believes to be at the target, this one included: with many more, the move
    /// would not pay.
    double expected_runnable = 0;
};

enum class AdmissionRefusal : std::uint8_t {
    /// block, leaving, or expel is under way.
    takes_no_guests,
    own_user,
    other_abi,
    memory,
    /// More runnable processes than the source believed.
    busier_than_believed,
    too_many_under_way,
    /// It asks for a process that is not where it would come from.
    not_there,
    /// Its home does not let it go there.
    home_objects,
    /// The home has asked it, and it does not answer.
    no_answer,
};
const char* to_text(AdmissionRefusal refusal);

using ReservationId = std::uint64_t;

/// The target's side: admits processes on what it knows of itself at that moment, and counts those that are under way
/// as if they were here. So neither the age of gossip nor the number of nodes that decide at once can make a herd
/// (acceptance control and load inflation). One thread; `now` never goes back.
class Admission {
public:
    /// Decides, and reserves when it admits, in place of what was reserved for the same process. A process that comes
    /// home is admitted as long as it has its place there: its deputy is here.
    /// Only its home asks for any other one. `own` is without reservations; `runnable` is the mean of this node.
    std::variant<ReservationId, AdmissionRefusal> request(Instant now, const AdmissionRequest& request,
                                                          const NodeState& own);
    /// It has come: it is load of the node now. Adds it to the mean at once. Nothing when none is reserved for it.
    void arrived(Instant now, const ProcessId& process, LoadAverage& load);
    /// It does not come. Nothing when that reservation is over.
    void cancelled(ReservationId reservation);
    /// Frees what was reserved for processes that did not come in time (tuning::reservation_time).
    void expire(Instant now);

    [[nodiscard]] std::size_t under_way() const { return reservations_.size(); }
    /// Returns the processes for which something is reserved.
    [[nodiscard]] std::vector<ProcessId> expected() const;
    /// The state with what is under way counted: what this node tells others.
    [[nodiscard]] NodeState with_reservations(const NodeState& own) const;

private:
    struct Reservation {
        ReservationId id = 0;
        std::uint32_t pages = 0;
        double demand = 0;
        Instant until{};
    };
    std::map<ProcessId, Reservation> reservations_;
    ReservationId last_ = 0;
};

}  // namespace openmosix::balance
