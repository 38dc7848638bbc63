// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "balance/admission_message.h"
#include "balance/load_gossip.h"
#include "common/address.h"
#include "common/cluster_keys.h"
#include "common/event_loop.h"
#include "common/file_descriptor.h"
#include "common/instant.h"
#include "omd/membership.h"

namespace openmosix {

/// omd's datagrams (UDP, at the number of its TCP port): tells other members about this node's load and hears about
/// theirs, asks a node whether a process may come, and answers such questions. All are sealed
/// (balance/datagram_seal.h). What comes from an address that no member has, or from another member than it says, is
/// dropped.
class LoadChannel {
public:
    /// What a question came to; none: no answer came in time.
    using Answer = std::optional<balance::AdmissionAnswer>;
    using OnAnswer = std::function<void(const Answer&)>;
    /// The number of a question that this channel has asked.
    using QuestionNumber = std::uint32_t;
    /// Takes what the target has answered; none: the process is on its way.
    using OnRelayed = std::function<void(std::optional<balance::AdmissionRefusal>)>;
    using Admitted = std::variant<balance::ReservationId, balance::AdmissionRefusal>;

    /// What it needs of omd; all must live longer.
    struct Surroundings {
        sd_event* event = nullptr;
        const clusterdisc::KeyRing& keys;
        const Membership& membership;
        /// What this node says about itself now.
        std::function<balance::NodeState()> own_state;
        std::function<Admitted(const balance::AdmissionRequest&)> admit;
        /// A process that was admitted does not come.
        std::function<void(balance::ReservationId)> cancelled;
        /// A process of this node is to go on from the node that asks; `reply` wants to be called once, also later.
        std::function<void(const balance::RelayRequest&, const OnRelayed& reply)> relay;
    };

    explicit LoadChannel(Surroundings surroundings);

    /// From now on there, or nowhere. An address that the machine does not have yet is tried again.
    void use(std::optional<clusterdisc::Endpoint> endpoint);
    /// The node map has changed, or which node we are.
    void follow_membership();

    /// `on_answer` is called once, later.
    QuestionNumber ask(balance::NodeId target, const balance::AdmissionRequest& request, OnAnswer on_answer);
    /// The same of the home of a guest, which answers as the target does.
    void ask_home(const balance::RelayRequest& request, OnAnswer on_answer);
    /// Tells the node that was asked that the process does not come, once: where that is lost, what is reserved
    /// expires.
    void cancel(balance::NodeId target, QuestionNumber question) const;

    /// None while this node is in no map.
    [[nodiscard]] const balance::ViewTable* view() const { return gossip_ ? &gossip_->view() : nullptr; }

private:
    struct Question {
        balance::NodeId target = 0;
        std::vector<std::uint8_t> datagram;
        unsigned sent = 0;
        OnAnswer on_answer;
        std::optional<clusterdisc::Timer> retry;
    };
    /// The last questions of a node, for those that come again.
    struct Asker {
        std::uint32_t run = 0;
        std::map<std::uint32_t, Admitted> answers;
        /// The questions that are not answered yet.
        std::set<std::uint32_t> pending;
        /// Runs before that, the last tuning::max_retired_runs: their questions are recordings.
        std::deque<std::uint32_t> retired_runs;
    };

    void open();
    void tick();
    void receive();
    void take(std::span<const std::uint8_t> content, balance::NodeId sender);
    /// Once until it is trusted again.
    void log_distrust(clusterdisc::Instant now, balance::NodeId sender);
    void take_question(const balance::AdmissionMessage& message, const balance::AdmissionRequest& request);
    void take_cancellation(const balance::AdmissionMessage& message);
    /// Returns what is remembered of the sender of this message, whose run is the current one from now on; none when
    /// that run is over.
    Asker* asker_of(const balance::AdmissionMessage& message);
    /// Returns the answer to a question: the one that it had before, or what `admit` gives now. None when it was
    /// answered long ago, or will be later.
    static std::optional<Admitted> answer_once(Asker& asker, std::uint32_t sequence,
                                               const std::function<std::optional<Admitted>()>& admit);
    void take_relay(const balance::AdmissionMessage& message, const balance::RelayRequest& request);
    void finish_relay(balance::NodeId asker, std::uint32_t run, std::uint32_t sequence, const Admitted& admitted);
    void send_answer(balance::NodeId asker, std::uint32_t run, std::uint32_t sequence, const Admitted& admitted) const;
    QuestionNumber ask_node(balance::AdmissionMessage message, OnAnswer on_answer);
    void take_answer(const balance::AdmissionMessage& message, const balance::AdmissionAnswer& answer);
    void send_question(std::uint32_t sequence);
    void finish(std::uint32_t sequence, const Answer& answer);
    void send(balance::NodeId target, std::span<const std::uint8_t> datagram) const;

    Surroundings surroundings_;
    std::uint32_t run_;
    std::optional<clusterdisc::Endpoint> endpoint_;
    clusterdisc::FileDescriptor socket_;
    clusterdisc::EventSource readable_;
    clusterdisc::Timer tick_timer_;
    clusterdisc::Timer open_timer_;
    std::optional<balance::LoadGossip> gossip_;
    balance::NodeId node_ = 0;
    std::uint32_t last_question_ = 0;
    std::map<std::uint32_t, Question> questions_;
    std::map<balance::NodeId, Asker> askers_;
    /// Members that this node distrusts, which was logged.
    std::set<balance::NodeId> distrusted_;
};

}  // namespace openmosix
