// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "common/cluster_keys.h"
#include "common/event_loop.h"
#include "common/file_descriptor.h"
#include "control/node_list.h"
#include "control/request.h"
#include "control/requester.h"
#include "omd/balancer.h"
#include "omd/configuration.h"
#include "omd/hint_store.h"
#include "omd/membership.h"
#include "omd/steering.h"
#include "omd/supervisor_launcher.h"

namespace openmosix {

/// Passes requests to move a process on to its supervisor, which it starts when there is none, and the answers back.
class Mover {
public:
    /// What it needs of the daemon; all must live longer.
    struct Surroundings {
        sd_event* event = nullptr;
        std::string run_folder;
        const Configuration& configuration;
        const clusterdisc::KeyRing& keys;
        const Membership& membership;
        SupervisorLauncher& launcher;
        const Steering& steering;
        const HintStore& hints;
        Balancer& balancer;
        /// Where a process does best that is at `place`, when this node knows enough
        /// (AutomaticBalancing::best_place()).
        std::function<std::optional<clusterdisc::NodeId>(pid_t, clusterdisc::NodeId place,
                                                         std::span<const NodeRange> wanted)>
            best_place;
        /// Of this node's processors (balance/yardstick.h).
        std::function<std::uint32_t()> own_speed;
        /// Called when a move of this process has ended, in whatever way, before the answer is given.
        std::function<void(pid_t)> move_ended;
    };
    /// Called once, with the answer as a line.
    using Reply = std::function<void(const std::string& line)>;

    explicit Mover(Surroundings surroundings) : surroundings_(std::move(surroundings)) {}

    /// Answers at once or later, within about a minute, or ten when it is written to a file.
    /// `file`: for "to":"file", where the image is written.
    void move(const MoveRequest& request, const Requester& requester, clusterdisc::FileDescriptor file, Reply reply);

    /// The supervisor that the launcher had started for this process has ended.
    void supervisor_ended(pid_t pid);

private:
    using Number = std::uint64_t;
    struct Job {
        MoveRequest request;
        Requester requester;
        clusterdisc::FileDescriptor file;
        Reply reply;
        /// Whose home is another node, by its body's pid: it can only be sent home.
        bool is_guest = false;
        /// What the supervisor is told; a line.
        std::string command;
        /// Brings the process home: nothing is to be done when it has no supervisor.
        bool is_home = false;
        clusterdisc::FileDescriptor socket;
        std::string answer;
        /// The supervisor was there before us; it may be just about to end.
        bool is_old_supervisor = false;
        /// It waits until it can be passed on.
        bool is_waiting = false;
        clusterdisc::EventSource readable;
        std::optional<clusterdisc::Timer> retry;
        std::optional<clusterdisc::Timer> deadline;
    };
    /// Empty: nothing speaks against it.
    [[nodiscard]] std::string objection(const MoveRequest& request, const Requester& requester) const;
    void aim(Number number);
    void aim_at(Number number, clusterdisc::NodeId node);
    void balance(Number number);
    void pass_on(Number number);
    void start_supervisor(Number number);
    void wait_for_answer(Number number);
    void take_answer(Number number);
    void refuse(Number number, const std::string& reason);
    void finish(Number number, const std::string& line);
    [[nodiscard]] clusterdisc::NodeId place_of(pid_t pid) const;
    /// False if hints of the process forbid it.
    [[nodiscard]] bool may_run_on(pid_t pid, clusterdisc::NodeId node) const;
    /// What the supervisor of the guest with this body says; no object: it is none.
    [[nodiscard]] nlohmann::json guest_state(pid_t pid) const;
    /// `process 4711: `.
    [[nodiscard]] std::string subject(Number number) const;

    Surroundings surroundings_;
    Number last_number_ = 0;
    std::map<Number, Job> jobs_;
};

}  // namespace openmosix
