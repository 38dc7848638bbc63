// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/admission.h"

#include <algorithm>

#include "balance/memory_limits.h"
#include "balance/tuning.h"

namespace openmosix::balance {

const char* to_text(MovePurpose purpose) {
    switch (purpose) {
        case MovePurpose::balance:
            return "it ends sooner there";
        case MovePurpose::memory:
            return "this node runs short of memory";
        case MovePurpose::own_user:
            return "the user of this node needs it";
        case MovePurpose::expel:
            return "guests are sent away from this node";
        case MovePurpose::bring:
            return "processes of this node are brought home";
        case MovePurpose::start:
            return "the new program ends sooner there";
    }
    return "unknown";
}

bool is_urgent(MovePurpose purpose) {
    return !needs_gain(purpose);
}

bool needs_gain(MovePurpose purpose) {
    return purpose == MovePurpose::balance || purpose == MovePurpose::start;
}

const char* to_text(AdmissionRefusal refusal) {
    switch (refusal) {
        case AdmissionRefusal::takes_no_guests:
            return "it takes no guests";
        case AdmissionRefusal::own_user:
            return "its own user needs it";
        case AdmissionRefusal::other_abi:
            return "it does not run such programs";
        case AdmissionRefusal::memory:
            return "it has too little free memory";
        case AdmissionRefusal::busier_than_believed:
            return "it is busier than was believed";
        case AdmissionRefusal::too_many_under_way:
            return "too many processes are on their way to it";
        case AdmissionRefusal::not_there:
            return "the process is not where it would come from";
        case AdmissionRefusal::home_objects:
            return "its home does not let it go there";
        case AdmissionRefusal::no_answer:
            return "it does not answer the home of the process";
    }
    return "it refused";
}

std::variant<ReservationId, AdmissionRefusal> Admission::request(Instant now, const AdmissionRequest& request,
                                                                 const NodeState& own) {
    expire(now);
    const bool comes_home = request.process.home == own.node;
    if (!comes_home && request.from != request.process.home) {
        return AdmissionRefusal::not_there;
    }
    // It is on its way once: what was reserved before is for a move that has failed.
    reservations_.erase(request.process);
    const NodeState state = with_reservations(own);
    if (!comes_home) {
        if (state.policies.has(NodePolicy::block) || state.policies.has(NodePolicy::leaving) ||
            state.policies.has(NodePolicy::expel)) {
            return AdmissionRefusal::takes_no_guests;
        }
        if (state.user == OwnUser::present) {
            return AdmissionRefusal::own_user;
        }
        if (!state.can_run(request.abi)) {
            return AdmissionRefusal::other_abi;
        }
        if (reservations_.size() >= tuning::max_reservations) {
            return AdmissionRefusal::too_many_under_way;
        }
    }
    const bool may_stay_away = request.purpose == MovePurpose::balance || request.purpose == MovePurpose::memory;
    if ((!comes_home || may_stay_away) && !has_memory_for(state, request.pages)) {
        return AdmissionRefusal::memory;
    }
    if (needs_gain(request.purpose) &&
        state.runnable() + request.demand > request.expected_runnable + tuning::admission_tolerance) {
        return AdmissionRefusal::busier_than_believed;
    }
    reservations_[request.process] = {
        .id = ++last_, .pages = request.pages, .demand = request.demand, .until = now + tuning::reservation_time};
    return last_;
}

void Admission::arrived(Instant now, const ProcessId& process, LoadAverage& load) {
    const auto found = reservations_.find(process);
    if (found != reservations_.end()) {
        load.add(now, found->second.demand);
        reservations_.erase(found);
    }
}

void Admission::cancelled(ReservationId reservation) {
    std::erase_if(reservations_, [reservation](const auto& item) { return item.second.id == reservation; });
}

std::vector<ProcessId> Admission::expected() const {
    std::vector<ProcessId> processes;
    processes.reserve(reservations_.size());
    for (const auto& [process, reservation] : reservations_) {
        processes.push_back(process);
    }
    return processes;
}

void Admission::expire(Instant now) {
    std::erase_if(reservations_, [now](const auto& item) { return item.second.until <= now; });
}

NodeState Admission::with_reservations(const NodeState& own) const {
    NodeState state = own;
    double runnable = own.runnable();
    for (const auto& [process, reservation] : reservations_) {
        runnable += reservation.demand;
        state.free_pages -= std::min(state.free_pages, reservation.pages);
    }
    state.runnable_hundredths = to_hundredths(runnable);
    return state;
}

}  // namespace openmosix::balance
