// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/automatic_balancing.h"

#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>
#include <variant>

#include "balance/explanation.h"
#include "balance/pace.h"
#include "common/log.h"
#include "control/node_list.h"
#include "control/process_list.h"
#include "omd/known_processes.h"
#include "omd/node_speed.h"
#include "procfs/process_status.h"

namespace openmosix {

namespace {

using balance::Move;
using clusterdisc::EventLoop;
using clusterdisc::Instant;

constexpr Instant sample_interval = std::chrono::milliseconds(250);

std::vector<balance::NodeSpan> spans_of(std::span<const NodeRange> ranges) {
    std::vector<balance::NodeSpan> spans;
    for (const NodeRange& range : ranges) {
        spans.push_back({.first = range.first, .last = range.last});
    }
    return spans;
}

}  // namespace

AutomaticBalancing::AutomaticBalancing(Surroundings surroundings)
    : surroundings_(std::move(surroundings)), own_node_(surroundings_.configuration.node_group),
      survey_(surroundings_.configuration.node_group),
      channel_({.event = surroundings_.event,
                .keys = surroundings_.keys,
                .membership = surroundings_.membership,
                .own_state = [this] { return own_state(); },
                .admit = [this](const balance::AdmissionRequest& request) { return admit(request); },
                .cancelled = [this](balance::ReservationId reservation) { admission_.cancelled(reservation); },
                .relay = [this](const balance::RelayRequest& request,
                                const LoadChannel::OnRelayed& reply) { relay(request, reply); }}),
      moves_({.mover = surroundings_.mover,
              .channel = channel_,
              .own_node = [this] { return node_; },
              .body_of =
                  [this](const balance::ProcessId& process) {
                      const auto body = bodies_.find(process);
                      return body == bodies_.end() ? std::nullopt : std::optional(body->second);
                  },
              .on_end = [this](const Move& move, const balance::MoveResult& result) { end(move, result); }}),
      programs_({.event = surroundings_.event,
                 .is_of_this_node = [this](pid_t pid) { return survey_.is_of_this_node(pid); },
                 .own_speed = [this] { return speed(); },
                 .planner = [this] { return planner_ ? &*planner_ : nullptr; },
                 .place = [this](pid_t pid, const ProcessStat& stat, const auto& known) { place(pid, stat, known); }}),
      sample_timer_(surroundings_.event, [this] { sample(); }),
      decision_timer_(surroundings_.event, [this] { decide(); }) {}

void AutomaticBalancing::follow(const std::optional<clusterdisc::Endpoint>& endpoint) {
    if (!surroundings_.configuration.balance) {
        channel_.use(std::nullopt);
        programs_.stop();
        sample_timer_.stop();
        decision_timer_.stop();
        return;
    }
    const balance::NodeId node = surroundings_.membership.node().value_or(0);
    if (node != node_) {
        node_ = node;
        planner_.reset();
        if (node_ != 0) {
            planner_.emplace(node_, ::randombytes_random());
        }
    }
    if (planner_) {
        planner_->set_selection(surroundings_.configuration.selection);
    }
    terminals_.set_patterns(surroundings_.configuration.user_terminals);
    channel_.use(endpoint);
    channel_.follow_membership();
    programs_.start(surroundings_.configuration.initial_network);
    sample_timer_.set(EventLoop::now());
    decision_timer_.set(EventLoop::now() + balance::tuning::decision_interval);
}

void AutomaticBalancing::sample() {
    const Instant now = EventLoop::now();
    const ProcessSurvey::Known known = find_known();
    std::set<pid_t> not_own = known.left_out;
    for (const auto& [pid, guest] : known.guests) {
        not_own.insert(pid);
    }
    own_node_.sample(now, not_own);
    guests_ = static_cast<std::uint16_t>(known.guests.size());
    take_arrivals(now, known);
    admission_.expire(now);
    programs_.look(now);
    sample_timer_.set(now + sample_interval);
}

void AutomaticBalancing::take_arrivals(Instant now, const ProcessSurvey::Known& known) {
    for (const balance::ProcessId& process : admission_.expected()) {
        const auto is_it = [&process](const auto& guest) { return guest.second.id == process; };
        const bool has_come =
            process.home == node_ ? !known.away.contains(process.pid) : std::ranges::any_of(known.guests, is_it);
        if (has_come) {
            admission_.arrived(now, process, own_node_.load());
        }
    }
}

void AutomaticBalancing::guest_arrived(const balance::ProcessId& process) {
    admission_.arrived(EventLoop::now(), process, own_node_.load());
}

void AutomaticBalancing::judge_user(Instant now) {
    if (terminals_.had_input()) {
        user_judge_.saw_input(now);
    }
    const balance::NodeState state = own_node_.state(now);
    const balance::OwnUser user =
        user_judge_.judge(now, {.runnable = state.runnable(), .own = own_node_.own_runnable(now)}, state.processors);
    user_ = surroundings_.configuration.yield_to_user ? user : balance::OwnUser::absent;
}

ProcessSurvey::Known AutomaticBalancing::find_known() const {
    return known_processes(surroundings_.run_folder, node_, [this](balance::NodeId node) { return pace_at(node); });
}

double AutomaticBalancing::pace_at(balance::NodeId node) const {
    const balance::ViewTable* const view = channel_.view();
    const auto known = view == nullptr ? std::nullopt : view->find(EventLoop::now(), node);
    return known ? balance::pace(known->state, std::max(known->state.runnable(), 1.0)) : 0;
}

std::vector<balance::ProcessState> AutomaticBalancing::look(Instant now, const ProcessSurvey::Known& known) {
    std::vector<balance::ProcessState> processes;
    bodies_.clear();
    for (ProcessSurvey::Found& found : survey_.look(now, known)) {
        if (found.state.id.home != node_) {
            bodies_.emplace(found.state.id, found.pid);
        } else {
            add_hints(found.state);
        }
        processes.push_back(std::move(found.state));
    }
    for (const pid_t pid : survey_.ended()) {
        planner_->process_ended(pid);
    }
    return processes;
}

void AutomaticBalancing::add_hints(balance::ProcessState& state) const {
    MoveHints hints;
    try {
        hints = surroundings_.hints.hints_of(state.id.pid);
    } catch (const std::runtime_error&) {
        // It ends just now, and its files in /proc are half gone.
        return;
    }
    state.lock = hints.lock == MoveLock::on ? balance::MoveLock::locked : balance::MoveLock::unlocked;
    state.allowed = spans_of(hints.nodes.value_or(std::vector<NodeRange>()));
}

balance::NodePolicies AutomaticBalancing::policies() const {
    using balance::NodePolicy;
    balance::NodePolicies policies;
    for (const auto& [which, policy] :
         {std::pair(NodeSwitch::stay, NodePolicy::stay), std::pair(NodeSwitch::lstay, NodePolicy::lstay),
          std::pair(NodeSwitch::block, NodePolicy::block), std::pair(NodeSwitch::quiet, NodePolicy::quiet)}) {
        if (surroundings_.steering.is_on(which)) {
            policies.set(policy);
        }
    }
    if (!surroundings_.objection_to_guests().empty()) {
        policies.set(NodePolicy::block);
    }
    if (surroundings_.configuration.cluster.nomigrate) {
        policies.set(NodePolicy::lstay);
    }
    return policies;
}

balance::NodeState AutomaticBalancing::measured_state() const {
    balance::NodeState state = own_node_.state(EventLoop::now());
    state.node = node_;
    state.guests = guests_;
    state.user = user_;
    state.policies = policies();
    return state;
}

balance::NodeState AutomaticBalancing::own_state() const {
    return admission_.with_reservations(measured_state());
}

LoadChannel::Admitted AutomaticBalancing::admit(const balance::AdmissionRequest& request) {
    if (request.process.home == node_ && !is_away_at(request.process.pid, request.from)) {
        return balance::AdmissionRefusal::not_there;
    }
    return admission_.request(EventLoop::now(), request, measured_state());
}

bool AutomaticBalancing::is_away_at(pid_t pid, balance::NodeId node) const {
    const ProcessSurvey::Known known = find_known();
    const auto away = known.away.find(pid);
    return away != known.away.end() && away->second == node;
}

void AutomaticBalancing::relay(const balance::RelayRequest& request, const LoadChannel::OnRelayed& reply) {
    balance::ProcessState state;
    state.id = request.request.process;
    add_hints(state);
    if (state.id.home != node_ || !is_away_at(state.id.pid, request.request.from)) {
        reply(balance::AdmissionRefusal::not_there);
    } else if (state.lock == balance::MoveLock::locked || !balance::is_allowed(state, request.target)) {
        reply(balance::AdmissionRefusal::home_objects);
    } else {
        moves_.relay(request, reply);
    }
}

void AutomaticBalancing::decide() {
    const Instant now = EventLoop::now();
    decision_timer_.set(now + balance::tuning::decision_interval);
    judge_user(now);
    const balance::ViewTable* const view = channel_.view();
    if (!planner_ || view == nullptr) {
        return;
    }
    measured_moves_.take(read_process_list(surroundings_.run_folder + "/processes", false), planner_->costs());
    const ProcessSurvey::Known known = find_known();
    const auto processes = look(now, known);
    moves_.look(now, [&known](const balance::ProcessId& process) {
        return std::ranges::any_of(known.guests, [&process](const auto& guest) { return guest.second.id == process; });
    });
    std::vector<balance::AwayProcess> away;
    for (const auto& [pid, node] : known.away) {
        away.push_back({.id = {.home = node_, .pid = pid}, .where = node});
    }
    for (const Move& move : planner_->round(situation(now, *view), processes, away)) {
        moves_.begin(move);
    }
}

balance::Situation AutomaticBalancing::situation(Instant now, const balance::ViewTable& view) const {
    return {.now = now, .own = own_state(), .others = view.known(now, balance::tuning::max_age_for_decision)};
}

void AutomaticBalancing::place(pid_t pid, const ProcessStat& stat, const std::optional<balance::ProgramNeeds>& known) {
    const balance::ViewTable* const view = channel_.view();
    const auto status = find_process_status(pid);
    // A supervisor has it already, or it is the body of a guest.
    const bool is_traced = status && status->tracer != 0;
    if (!planner_ || view == nullptr || !status || !status->has_memory || is_traced) {
        return;
    }
    // In the foreground of a terminal, what nobody knows may be what its user wants to work with.
    balance::ProcessState state = describe_process(pid, stat, *status, known ? known->demand : 0);
    state.id = {.home = node_, .pid = pid};
    state.demand = known ? known->demand : 1;
    add_hints(state);
    if (const auto move = planner_->place(situation(EventLoop::now(), *view), state)) {
        moves_.begin(*move);
    } else if (known) {
        // The next one that starts at the same moment finds this node busier. Of others nobody knows that they will
        // compute: a process often executes some programs in turn before the one that does.
        own_node_.load().add(EventLoop::now(), state.demand);
    }
}

std::optional<balance::NodeId> AutomaticBalancing::best_place(pid_t pid, balance::NodeId place,
                                                              std::span<const NodeRange> wanted) {
    const balance::ViewTable* const view = channel_.view();
    const auto stat = find_process_stat(pid);
    const auto status = find_process_status(pid);
    if (!planner_ || view == nullptr || !stat || !status) {
        return std::nullopt;
    }
    const Instant now = EventLoop::now();
    balance::ProcessState state = describe_process(pid, *stat, *status, 1);
    state.id = {.home = node_, .pid = pid};
    state.processor_time = processor_time_of(*stat);
    state.pages = count_pages(pid);
    add_hints(state);
    const auto node =
        planner_->best_place(situation(now, *view), {.process = state, .place = place, .wanted = spans_of(wanted)});
    if (node == node_) {
        // The next one that asks at the same moment finds this node busier.
        own_node_.load().add(now, state.demand);
    }
    return node;
}

void AutomaticBalancing::add_elsewhere(const ProcessorTimeRequest& request, bool is_counted) {
    const auto state =
        read_process_state(surroundings_.run_folder + "/processes/" + std::to_string(request.pid) + ".json");
    const balance::ViewTable* const view = channel_.view();
    const auto node =
        static_cast<balance::NodeId>(state ? number_in(*state, "node", clusterdisc::last_node_id) : std::uint64_t{0});
    const auto known = view == nullptr ? std::nullopt : view->find(EventLoop::now(), node);
    programs_.add_elsewhere(request, known ? known->state.speed : speed(), is_counted);
}

void AutomaticBalancing::end(const Move& move, const balance::MoveResult& result) {
    if (std::holds_alternative<balance::MoveDone>(result) && move.purpose != balance::MovePurpose::start) {
        own_node_.load().add(EventLoop::now(), -move.request.demand);
    }
    if (planner_) {
        planner_->move_ended(EventLoop::now(), move, result);
    }
}

bool AutomaticBalancing::override_speed(std::int64_t speed) {
    if (speed < balance::min_speed || speed > balance::max_speed) {
        return false;
    }
    set_speed(static_cast<std::uint32_t>(speed));
    remember_node_speed(surroundings_.run_folder, own_node_.speed());
    return true;
}

std::map<balance::NodeId, balance::NodeState> AutomaticBalancing::known_nodes() const {
    std::map<balance::NodeId, balance::NodeState> nodes;
    const balance::ViewTable* const view = channel_.view();
    if (!surroundings_.configuration.balance || view == nullptr) {
        for (const NodeRange& range : nodes_of(surroundings_.membership.entries())) {
            for (std::uint32_t node = range.first; node <= range.last; ++node) {
                nodes[static_cast<balance::NodeId>(node)] = {};
            }
        }
        return nodes;
    }
    for (const balance::KnownNode& known : view->known(EventLoop::now(), balance::tuning::max_age)) {
        nodes.emplace(known.state.node, known.state);
    }
    nodes.insert_or_assign(node_, own_state());
    return nodes;
}

std::string AutomaticBalancing::explain_nodes() const {
    const Instant now = EventLoop::now();
    const balance::ViewTable* const view = channel_.view();
    if (!surroundings_.configuration.balance) {
        return "processes are not balanced here: balance = false in omd.toml\n";
    }
    if (view == nullptr) {
        return surroundings_.membership.problem() + "\n";
    }
    return balance::explain_nodes(now, own_state(), view->known(now, balance::tuning::max_age)) +
           (planner_ ? balance::explain_costs(planner_->costs()) : "");
}

std::string AutomaticBalancing::explain(pid_t pid) const {
    if (!planner_) {
        return explain_nodes();
    }
    const ProcessSurvey::Known known = find_known();
    const auto guest = known.guests.find(pid);
    const auto away = known.away.find(pid);
    const balance::ProcessId process =
        guest != known.guests.end() ? guest->second.id : balance::ProcessId{.home = node_, .pid = pid};
    const std::string state = away != known.away.end()
                                  ? "it is on node " + std::to_string(away->second) +
                                        ", which decides when it comes home: ask there (mps there has its number)"
                                  : survey_.why_left_out(pid, known);
    return balance::explain(EventLoop::now(), process, planner_->history().of(process), state);
}

}  // namespace openmosix
