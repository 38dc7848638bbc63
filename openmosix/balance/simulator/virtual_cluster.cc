// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/simulator/virtual_cluster.h"

#include <algorithm>
#include <utility>

#include "balance/simulator/threshold_policy.h"
#include "balance/tuning.h"

namespace openmosix::balance::simulator {
namespace {

/// A guest goes home before it goes elsewhere.
int departures_of(const Move& move, NodeId source) {
    return source != move.process.home && move.target != move.process.home ? 2 : 1;
}

}  // namespace

VirtualCluster::VirtualCluster(std::uint64_t seed, Policy policy, const NetworkConditions& conditions)
    : random_(seed), policy_(policy), conditions_(conditions) {}

NodeId VirtualCluster::add_node(const NodeSetup& setup) {
    const auto id = static_cast<NodeId>(nodes_.size() + 1);
    nodes_.push_back(std::make_unique<VirtualNode>(id, setup, conditions_, random_.next()));
    set_members();
    const auto first = [&] { return Instant(static_cast<std::int64_t>(random_.below(500'000))); };
    if (policy_ != Policy::none) {
        queue_.after(first(), [this, id] { gossip_tick(id); });
        queue_.after(first(), [this, id] { decision_tick(id); });
    }
    return id;
}

void VirtualCluster::add_workload(const Workload& workload) {
    const std::size_t first_group = parallel_.size() - 1;
    parallel_.insert(parallel_.end(), workload.parallel.begin(), workload.parallel.end());
    waiting_of_group_.resize(parallel_.size());
    std::vector<std::size_t> started(parallel_.size());
    for (const JobSpec& spec : workload.jobs) {
        jobs_.push_back(std::make_unique<Job>());
        Job& job = *jobs_.back();
        job.spec = spec;
        job.pid = static_cast<pid_t>(jobs_.size());
        job.work_left = spec.work;
        job.spec.group = spec.group == 0 ? 0 : spec.group + first_group;
        ++open_jobs_;
        if (const std::size_t group = job.spec.group; group == 0 || started[group]++ < parallel_[group]) {
            queue_.after(spec.start, [this, &job] { start(job); });
        } else {
            waiting_of_group_[group].push_back(&job);
        }
    }
}

void VirtualCluster::crash(NodeId id) {
    VirtualNode& node = at(id);
    node.advance(now());
    node.power = Power::off;
    for (const auto& job : jobs_) {
        const bool is_alive = job->state == JobState::running || job->state == JobState::moving;
        if (is_alive && (job->node == id || job->spec.home == id)) {
            VirtualNode& place = at(job->node);
            place.advance(now());
            place.remove(now(), *job);
            lose(*job);
            settle(place);
        }
    }
    set_members();
}

void VirtualCluster::join(NodeId id) {
    std::unique_ptr<VirtualNode>& node = nodes_.at(id - std::size_t{1});
    const NodeSetup setup = node->setup();
    // A new run of omd: whatever it knew is gone.
    node = std::make_unique<VirtualNode>(id, setup, conditions_, random_.next());
    node->advance(now());
    set_members();
}

void VirtualCluster::leave(NodeId id) {
    at(id).policies.set(NodePolicy::leaving);
    leaving_ = id;
}

void VirtualCluster::run_until(Instant end) {
    queue_.run_until(end, [this] { on_event_(); });
}

void VirtualCluster::run_to_completion(Instant end) {
    constexpr Instant step = std::chrono::seconds(1);
    while (open_jobs_ > 0 && now() < end) {
        run_until(std::min(now() + step, end));
    }
}

std::size_t VirtualCluster::under_way_to(NodeId node) const {
    const auto found = under_way_.find(node);
    return found == under_way_.end() ? 0 : found->second;
}

Instant VirtualCluster::delay() {
    const auto spread = static_cast<std::uint64_t>((conditions_.max_delay - conditions_.min_delay).count());
    return conditions_.min_delay + Instant(static_cast<std::int64_t>(random_.below(spread + 1)));
}

Job* VirtualCluster::find(const ProcessId& process) {
    return jobs_.at(static_cast<std::size_t>(process.pid) - 1).get();
}

void VirtualCluster::set_members() {
    std::vector<NodeId> members;
    for (const auto& node : nodes_) {
        if (node->power == Power::running) {
            members.push_back(node->id());
        }
    }
    for (const auto& node : nodes_) {
        node->gossip.set_members(members);
    }
}

void VirtualCluster::settle(VirtualNode& node) {
    node.set_rates(now());
    if (const auto next = node.next_change(now())) {
        queue_.at(*next, [this, id = node.id(), version = node.version] { change(at(id), version); });
    }
}

void VirtualCluster::change(VirtualNode& node, std::uint64_t version) {
    if (node.version == version) {
        node.advance(now());
        finish(node);
        settle(node);
    }
}

void VirtualCluster::finish(VirtualNode& node) {
    std::vector<Job*> ended;
    std::ranges::copy_if(node.jobs(), std::back_inserter(ended), [](const Job* job) { return job->work_left <= 0; });
    for (Job* job : ended) {
        node.remove(now(), *job);
        job->state = JobState::ended;
        job->ended = now();
        job_ended(*job);
    }
}

void VirtualCluster::lose(Job& job) {
    job.state = JobState::lost;
    job.ended = now();
    job_ended(job);
}

void VirtualCluster::gossip_tick(NodeId id) {
    VirtualNode& node = at(id);
    const Instant local = node.local_time(now());
    if (node.power == Power::running) {
        if (const auto message = node.gossip.tick(local, node.reported(now()))) {
            const std::vector<std::uint8_t> bytes = encode(*message);
            ++gossip_traffic_.messages;
            gossip_traffic_.bytes += bytes.size();
            if (!random_.chance(conditions_.loss)) {
                queue_.after(delay(), [this, bytes, to = message->recipient] {
                    const auto received = decode_gossip(bytes);
                    VirtualNode& receiver = at(to);
                    if (receiver.power == Power::running && received) {
                        receiver.gossip.receive(receiver.local_time(now()), *received);
                    }
                });
            }
        }
    }
    const Instant pause = std::max(node.gossip.next_tick() - local, Instant(1000));
    queue_.after(node.power == Power::running ? pause : tuning::gossip_interval, [this, id] { gossip_tick(id); });
}

void VirtualCluster::decision_tick(NodeId id) {
    VirtualNode& node = at(id);
    queue_.after(tuning::decision_interval, [this, id] { decision_tick(id); });
    if (node.power != Power::running) {
        return;
    }
    node.advance(now());
    if (policy_ == Policy::ours) {
        const std::vector<ProcessState> processes = node.processes();
        const bool wants_home = node.policies.has(NodePolicy::bring) || node.policies.has(NodePolicy::leaving);
        const std::vector<AwayProcess> away = wants_home ? away_processes(id) : std::vector<AwayProcess>();
        for (const Move& move : node.planner.round(node.situation(now()), processes, away)) {
            begin_move(move, move.purpose == MovePurpose::bring ? move.request.from : id);
        }
        check_leaving(node);
    } else if (policy_ == Policy::threshold) {
        if (const auto move = move_by_threshold(node, now(), random_)) {
            begin_move(*move, id);
        }
    }
}

std::vector<AwayProcess> VirtualCluster::away_processes(NodeId home) const {
    std::vector<AwayProcess> away;
    for (const auto& job : jobs_) {
        if (job->state == JobState::running && job->spec.home == home && job->node != home) {
            away.push_back({.id = {.home = home, .pid = job->pid}, .where = job->node});
        }
    }
    return away;
}

void VirtualCluster::check_leaving(VirtualNode& node) {
    if (!node.policies.has(NodePolicy::leaving) || under_way_to(node.id()) != 0) {
        return;
    }
    const bool has_guests =
        std::ranges::any_of(node.jobs(), [&node](const Job* job) { return job->spec.home != node.id(); });
    const bool is_awaited = std::ranges::any_of(jobs_, [&node](const auto& job) {
        const bool is_elsewhere = job->state == JobState::moving || job->state == JobState::running;
        return is_elsewhere && (job->node != node.id() || job->state == JobState::moving) &&
               (job->spec.home == node.id() || job->node == node.id());
    });
    if (!has_guests && !is_awaited) {
        // What is its own ends with it, as its user has decided.
        crash(node.id());
        leaving_.reset();
    }
}

void VirtualCluster::start(Job& job) {
    VirtualNode& home = at(job.spec.home);
    job.started = now();
    job.node = job.spec.home;
    job.state = JobState::starting;
    if (home.power != Power::running) {
        lose(job);
        return;
    }
    home.advance(now());
    if (job.spec.started_by == StartedBy::shell || job.spec.lock == MoveLock::locked) {
        start_at(job, job.spec.home);
        return;
    }
    if (policy_ == Policy::random_start) {
        const auto target = static_cast<NodeId>(1 + random_.below(nodes_.size()));
        if (target != job.spec.home && at(target).power == Power::running) {
            queue_.after(conditions_.placement, [this, &job, target] { start_at(job, target); });
            return;
        }
    } else if (policy_ == Policy::ours) {
        const ProcessState process = home.process_of(job);
        if (const auto move = home.planner.place(home.situation(now()), process)) {
            begin_move(*move, job.spec.home);
            return;
        }
    }
    start_at(job, job.spec.home);
}

void VirtualCluster::start_at(Job& job, NodeId node) {
    if (at(job.spec.home).power != Power::running) {
        lose(job);
        return;
    }
    VirtualNode& place = at(at(node).power == Power::running ? node : job.spec.home);
    place.advance(now());
    place.add(now(), job);
    settle(place);
}

void VirtualCluster::job_ended(const Job& job) {
    --open_jobs_;
    VirtualNode& home = at(job.spec.home);
    if (job.state == JobState::ended) {
        home.planner.program_ended(job.spec.command, {.work = job.spec.work,
                                                      .calls_per_work = job.spec.calls_per_work,
                                                      .call_bytes_per_work = job.spec.call_bytes_per_work,
                                                      .pages = job.spec.pages});
    }
    std::vector<Job*>& waiting = waiting_of_group_[job.spec.group];
    if (!waiting.empty()) {
        Job* next = waiting.front();
        waiting.erase(waiting.begin());
        queue_.after(Instant(0), [this, next] { start(*next); });
    }
}

void VirtualCluster::begin_move(const Move& move, NodeId source) {
    // A process that comes home is asked for by its home, any other one by where it is; a guest that goes elsewhere by
    // its home, which is asked to.
    if (policy_ == Policy::ours && departures_of(move, source) > 1) {
        Move relayed = move;
        relayed.request.from = move.process.home;
        queue_.after(delay() + delay(), [this, relayed, source] { ask_target(relayed, source); });
        return;
    }
    queue_.after(delay(), [this, move, source] { ask_target(move, source); });
}

void VirtualCluster::ask_target(const Move& move, NodeId source) {
    VirtualNode& target = at(move.target);
    if (target.power != Power::running) {
        constexpr Instant patience = std::chrono::seconds(2);
        queue_.after(patience, [this, move, source] { end_move(move, source, MoveFailed{"it does not answer"}); });
        return;
    }
    target.advance(now());
    ReservationId reservation = 0;
    if (policy_ == Policy::ours) {
        const auto answer = target.admission.request(target.local_time(now()), move.request, target.state(now()));
        if (const auto* refusal = std::get_if<AdmissionRefusal>(&answer)) {
            queue_.after(delay(), [this, move, source, refused = *refusal] { end_move(move, source, refused); });
            return;
        }
        reservation = std::get<ReservationId>(answer);
    }
    ++under_way_[move.target];
    on_move_({.step = MoveEvent::Step::admitted,
              .job = find(move.process),
              .from = source,
              .to = move.target,
              .purpose = move.purpose});
    queue_.after(delay(), [this, move, source, reservation] { depart(move, source, reservation); });
}

void VirtualCluster::depart(const Move& move, NodeId source, ReservationId reservation) {
    Job& job = *find(move.process);
    VirtualNode& node = at(source);
    const bool is_start = move.purpose == MovePurpose::start;
    if (job.state != (is_start ? JobState::starting : JobState::running) || job.node != source) {
        // It has ended meanwhile, or was lost.
        --under_way_[move.target];
        at(move.target).admission.cancelled(reservation);
        end_move(move, source, MoveFailed{"it is not there any more"});
        return;
    }
    if (!is_start) {
        node.advance(now());
        remember_departure(job.former, {.node = source, .left = now(), .pace = node.pace_with(0)});
        node.remove(now(), job);
        node.load.add(now(), -1);
        node.load.sample(now(), static_cast<double>(node.jobs().size()));
        settle(node);
    }
    job.state = JobState::moving;
    on_move_(
        {.step = MoveEvent::Step::departed, .job = &job, .from = source, .to = move.target, .purpose = move.purpose});
    queue_.after(is_start ? conditions_.placement : departures_of(move, source) * conditions_.freeze,
                 [this, move, source, reservation] { arrive(move, source, reservation); });
}

void VirtualCluster::arrive(const Move& move, NodeId source, ReservationId reservation) {
    --under_way_[move.target];
    Job& job = *find(move.process);
    VirtualNode& target = at(move.target);
    if (job.state == JobState::lost) {
        target.admission.cancelled(reservation);
        end_move(move, source, MoveFailed{"it is lost"});
        return;
    }
    if (target.power != Power::running) {
        // Its frozen image is still at the source.
        end_move(move, source, MoveFailed{"the target is lost"});
        start_at(job, source);
        return;
    }
    const Instant transfer = from_seconds(static_cast<double>(job.spec.pages) * page_size / conditions_.bandwidth);
    const bool is_start = move.purpose == MovePurpose::start;
    job.memory_complete = is_start ? Instant(0) : now() + departures_of(move, source) * transfer;
    job.arrived = now();
    job.moves += is_start ? 0 : 1;
    target.advance(now());
    target.add(now(), job);
    target.admission.arrived(now(), move.process, target.load);
    target.load.sample(now(), static_cast<double>(target.jobs().size()));
    settle(target);
    on_move_(
        {.step = MoveEvent::Step::arrived, .job = &job, .from = source, .to = move.target, .purpose = move.purpose});
    end_move(move, source,
             MoveDone{.freeze = is_start ? conditions_.placement : conditions_.freeze + conditions_.max_delay,
                      .bytes = is_start ? 0 : std::uint64_t{job.spec.pages} * page_size,
                      .transfer = is_start ? Instant(0) : transfer});
}

void VirtualCluster::end_move(const Move& move, NodeId source, const MoveResult& result) {
    // Who has decided: for a process that is brought home its home, else the node where it was.
    VirtualNode& decider = at(move.purpose == MovePurpose::bring ? move.target : source);
    decider.planner.move_ended(decider.local_time(now()), move, result);
    decider.planner.costs().observe_call(conditions_.call_latency);
    Job& job = *find(move.process);
    if (job.state == JobState::starting && !std::holds_alternative<MoveDone>(result)) {
        start_at(job, job.spec.home);
    }
}

}  // namespace openmosix::balance::simulator
