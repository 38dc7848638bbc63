// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/load_channel.h"

#include <netinet/in.h>
#include <sodium.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>

#include "balance/datagram_seal.h"
#include "balance/tuning.h"
#include "common/log.h"
#include "common/node_map.h"
#include "control/node_list.h"
#include "peer/reserved_ports.h"
#include "peer/socket_address.h"

namespace openmosix {

namespace {

using balance::AdmissionAnswer;
using balance::AdmissionMessage;
using balance::AdmissionRequest;
using balance::NodeId;
using clusterdisc::EventLoop;

constexpr clusterdisc::Instant answer_time = std::chrono::milliseconds(250);
constexpr unsigned max_sends = 4;
constexpr clusterdisc::Instant open_pause = std::chrono::seconds(1);
/// Of a node: more than can be under way.
constexpr std::size_t max_remembered_answers = 64;
/// Datagrams that are taken before others get their turn.
constexpr int max_datagrams_at_once = 64;

}  // namespace

LoadChannel::LoadChannel(Surroundings surroundings)
    : surroundings_(std::move(surroundings)), run_(::randombytes_random()),
      tick_timer_(surroundings_.event, [this] { tick(); }), open_timer_(surroundings_.event, [this] { open(); }) {}

void LoadChannel::use(std::optional<clusterdisc::Endpoint> endpoint) {
    if (endpoint != endpoint_) {
        endpoint_ = endpoint;
        open();
    }
}

void LoadChannel::open() {
    readable_ = clusterdisc::EventSource();
    socket_ = clusterdisc::FileDescriptor();
    open_timer_.stop();
    if (!endpoint_) {
        return;
    }
    SocketAddress address = to_socket_address(*endpoint_);
    clusterdisc::FileDescriptor socket(
        ::socket(endpoint_->address.is_ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.is_open() || ::bind(socket.number(), address.generic(), address.size) != 0) {
        open_timer_.set(EventLoop::now() + open_pause);
        return;
    }
    socket_ = std::move(socket);
    readable_ =
        clusterdisc::add_io(surroundings_.event, socket_.number(), EPOLLIN, [this](std::uint32_t) { receive(); });
}

void LoadChannel::follow_membership() {
    const NodeId node = surroundings_.membership.node().value_or(0);
    if (node != node_) {
        node_ = node;
        gossip_.reset();
        askers_.clear();
        distrusted_.clear();
        tick_timer_.stop();
        if (node_ != 0) {
            gossip_.emplace(node_, run_, ::randombytes_random());
            tick_timer_.set(EventLoop::now());
        }
    }
    if (gossip_) {
        std::vector<NodeId> members;
        for (const NodeRange& range : nodes_of(surroundings_.membership.entries())) {
            for (std::uint32_t id = range.first; id <= range.last; ++id) {
                members.push_back(static_cast<NodeId>(id));
            }
        }
        gossip_->set_members(members);
    }
}

void LoadChannel::tick() {
    const auto now = EventLoop::now();
    if (const auto message = gossip_->tick(now, surroundings_.own_state())) {
        send(message->recipient, balance::seal_datagram(balance::encode(*message), surroundings_.keys));
    }
    tick_timer_.set(gossip_->next_tick());
}

void LoadChannel::send(NodeId target, std::span<const std::uint8_t> datagram) const {
    const auto text = clusterdisc::address_in_map(surroundings_.membership.entries(), target);
    const auto address = text ? clusterdisc::parse_ip_address(*text) : std::nullopt;
    if (!address || !socket_.is_open() || address->is_ipv6 != endpoint_->address.is_ipv6) {
        return;
    }
    SocketAddress to = to_socket_address({.address = *address, .port = endpoint_->port});
    // A lost one is as good as none: gossip goes on, and questions are asked again.
    static_cast<void>(
        ::sendto(socket_.number(), datagram.data(), datagram.size(), MSG_NOSIGNAL, to.generic(), to.size));
}

void LoadChannel::receive() {
    std::array<std::uint8_t, balance::max_sealed_content + balance::datagram_seal_size + 1> buffer{};
    for (int count = 0; count < max_datagrams_at_once; ++count) {
        SocketAddress from;
        const ssize_t received =
            ::recvfrom(socket_.number(), buffer.data(), buffer.size(), 0, from.generic(), &from.size);
        if (received < 0) {
            return;
        }
        const clusterdisc::Endpoint endpoint = to_endpoint(from);
        const auto member =
            is_reserved(endpoint.port) ? surroundings_.membership.node_at(endpoint.address) : std::nullopt;
        const auto content = member
                                 ? balance::open_datagram(std::span(buffer).first(static_cast<std::size_t>(received)),
                                                          surroundings_.keys)
                                 : std::nullopt;
        if (content) {
            take(*content, *member);
        }
    }
}

void LoadChannel::take(std::span<const std::uint8_t> content, NodeId sender) {
    if (!gossip_) {
        return;
    }
    if (const auto message = balance::decode_gossip(content)) {
        if (message->sender == sender && message->recipient == node_) {
            const auto now = EventLoop::now();
            gossip_->receive(now, *message);
            log_distrust(now, sender);
        }
        return;
    }
    const auto message = balance::decode_admission(content);
    if (!message || message->sender != sender || message->recipient != node_) {
        return;
    }
    if (const auto* const request = std::get_if<AdmissionRequest>(&message->content)) {
        take_question(*message, *request);
    } else if (const auto* const answer = std::get_if<AdmissionAnswer>(&message->content)) {
        take_answer(*message, *answer);
    } else if (const auto* const relay = std::get_if<balance::RelayRequest>(&message->content)) {
        take_relay(*message, *relay);
    } else {
        take_cancellation(*message);
    }
}

void LoadChannel::log_distrust(clusterdisc::Instant now, NodeId sender) {
    const auto known = gossip_->view().find(now, sender);
    if (!known || known->trust == balance::Trust::trusted) {
        distrusted_.erase(sender);
    } else if (distrusted_.insert(sender).second) {
        clusterdisc::log_line(clusterdisc::LogLevel::warning,
                              "node " + std::to_string(sender) +
                                  " says of its load, or of others', what no node can have: no process moves there by "
                                  "itself before it has said nothing such for a minute; look at omd there");
    }
}

LoadChannel::Asker* LoadChannel::asker_of(const AdmissionMessage& message) {
    const auto [found, is_new] = askers_.try_emplace(message.sender);
    Asker& asker = found->second;
    if (is_new) {
        asker.run = message.run;
    } else if (asker.run != message.run) {
        if (std::ranges::find(asker.retired_runs, message.run) != asker.retired_runs.end()) {
            return nullptr;
        }
        asker.retired_runs.push_back(std::exchange(asker.run, message.run));
        asker.answers.clear();
        asker.pending.clear();
        if (asker.retired_runs.size() > balance::tuning::max_retired_runs) {
            asker.retired_runs.pop_front();
        }
    }
    return &asker;
}

std::optional<LoadChannel::Admitted> LoadChannel::answer_once(Asker& asker, std::uint32_t sequence,
                                                              const std::function<std::optional<Admitted>()>& admit) {
    if (const auto answer = asker.answers.find(sequence); answer != asker.answers.end()) {
        return answer->second;
    }
    const bool is_old = !asker.answers.empty() && sequence < asker.answers.begin()->first;
    if (is_old || asker.pending.contains(sequence)) {
        return std::nullopt;
    }
    const auto answer = admit();
    if (answer) {
        asker.answers.emplace(sequence, *answer);
        if (asker.answers.size() > max_remembered_answers) {
            asker.answers.erase(asker.answers.begin());
        }
    }
    return answer;
}

void LoadChannel::take_question(const AdmissionMessage& message, const AdmissionRequest& request) {
    Asker* const asker = asker_of(message);
    const auto admitted = asker == nullptr ? std::nullopt : answer_once(*asker, message.sequence, [&] {
        return std::optional(surroundings_.admit(request));
    });
    if (admitted) {
        send_answer(message.sender, message.run, message.sequence, *admitted);
    }
}

void LoadChannel::take_relay(const AdmissionMessage& message, const balance::RelayRequest& request) {
    Asker* const asker = asker_of(message);
    if (asker == nullptr || asker->pending.size() >= max_remembered_answers) {
        return;
    }
    bool is_new = false;
    const auto begin = [&]() -> std::optional<Admitted> {
        is_new = true;
        return std::nullopt;
    };
    if (const auto answered = answer_once(*asker, message.sequence, begin)) {
        send_answer(message.sender, message.run, message.sequence, *answered);
    } else if (is_new) {
        asker->pending.insert(message.sequence);
        surroundings_.relay(request, [this, from = message.sender, run = message.run,
                                      sequence = message.sequence](std::optional<balance::AdmissionRefusal> refusal) {
            finish_relay(from, run, sequence, refusal ? Admitted(*refusal) : Admitted(balance::ReservationId{0}));
        });
    }
}

void LoadChannel::finish_relay(NodeId asker, std::uint32_t run, std::uint32_t sequence, const Admitted& admitted) {
    const auto found = askers_.find(asker);
    if (found == askers_.end() || found->second.run != run || found->second.pending.erase(sequence) == 0) {
        return;
    }
    answer_once(found->second, sequence, [&] { return std::optional(admitted); });
    send_answer(asker, run, sequence, admitted);
}

void LoadChannel::send_answer(NodeId asker, std::uint32_t run, std::uint32_t sequence, const Admitted& admitted) const {
    AdmissionAnswer answer;
    if (const auto* const refusal = std::get_if<balance::AdmissionRefusal>(&admitted)) {
        answer.refusal = *refusal;
    }
    const AdmissionMessage reply{
        .sender = node_, .recipient = asker, .run = run, .sequence = sequence, .content = answer};
    send(asker, balance::seal_datagram(balance::encode(reply), surroundings_.keys));
}

void LoadChannel::take_cancellation(const AdmissionMessage& message) {
    Asker* const asker = asker_of(message);
    // A question that it has overtaken is not admitted any more.
    const auto admitted =
        asker == nullptr ? std::nullopt : answer_once(*asker, message.sequence, []() -> std::optional<Admitted> {
            return balance::AdmissionRefusal::not_there;
        });
    if (const auto* const reservation = admitted ? std::get_if<balance::ReservationId>(&*admitted) : nullptr) {
        surroundings_.cancelled(*reservation);
    }
}

void LoadChannel::take_answer(const AdmissionMessage& message, const AdmissionAnswer& answer) {
    const auto question = questions_.find(message.sequence);
    if (message.run == run_ && question != questions_.end() && question->second.target == message.sender) {
        finish(message.sequence, answer);
    }
}

LoadChannel::QuestionNumber LoadChannel::ask(NodeId target, const AdmissionRequest& request, OnAnswer on_answer) {
    return ask_node({.recipient = target, .content = request}, std::move(on_answer));
}

void LoadChannel::ask_home(const balance::RelayRequest& request, OnAnswer on_answer) {
    ask_node({.recipient = request.request.process.home, .content = request}, std::move(on_answer));
}

LoadChannel::QuestionNumber LoadChannel::ask_node(AdmissionMessage message, OnAnswer on_answer) {
    const std::uint32_t sequence = ++last_question_;
    message.sender = node_;
    message.run = run_;
    message.sequence = sequence;
    Question& question = questions_[sequence];
    question.target = message.recipient;
    question.datagram = balance::seal_datagram(balance::encode(message), surroundings_.keys);
    question.on_answer = std::move(on_answer);
    question.retry.emplace(surroundings_.event, [this, sequence] { send_question(sequence); });
    question.retry->set(EventLoop::now());
    return sequence;
}

void LoadChannel::cancel(NodeId target, QuestionNumber question) const {
    const AdmissionMessage message{.sender = node_,
                                   .recipient = target,
                                   .run = run_,
                                   .sequence = question,
                                   .content = balance::AdmissionCancelled{}};
    send(target, balance::seal_datagram(balance::encode(message), surroundings_.keys));
}

void LoadChannel::send_question(std::uint32_t sequence) {
    Question& question = questions_.at(sequence);
    if (question.sent == max_sends) {
        finish(sequence, std::nullopt);
        return;
    }
    ++question.sent;
    send(question.target, question.datagram);
    question.retry->set(EventLoop::now() + answer_time);
}

void LoadChannel::finish(std::uint32_t sequence, const Answer& answer) {
    // Event sources may end inside the functions that they call.
    const auto question = questions_.extract(sequence);
    question.mapped().on_answer(answer);
}

}  // namespace openmosix
