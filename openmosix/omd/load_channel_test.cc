// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/load_channel.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "balance/datagram_seal.h"
#include "balance/tuning.h"
#include "common/file.h"
#include "common/temporary_folder.h"
#include "peer/reserved_ports.h"
#include "peer/socket_address.h"

namespace openmosix::load_channel_test {
namespace {

using balance::AdmissionAnswer;
using balance::AdmissionCancelled;
using balance::AdmissionMessage;
using balance::AdmissionRefusal;
using balance::AdmissionRequest;
using balance::NodeId;
using balance::ReservationId;
using clusterdisc::Endpoint;
using clusterdisc::EventLoop;

constexpr NodeId tested = 1;
constexpr std::uint32_t first_run = 100;

clusterdisc::KeyRing keys_of(std::uint8_t filler) {
    clusterdisc::DerivedKeys derived{.id = filler};
    derived.migration.fill(filler);
    return clusterdisc::KeyRing(std::span(&derived, 1));
}

Endpoint endpoint_of(NodeId node, std::uint16_t port) {
    return {.address = clusterdisc::parse_ip_address("127.77.0." + std::to_string(node)).value(), .port = port};
}

/// Closed where the address cannot be had.
clusterdisc::FileDescriptor bound_socket(const Endpoint& endpoint) {
    clusterdisc::FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    SocketAddress address = to_socket_address(endpoint);
    return ::bind(socket.number(), address.generic(), address.size) == 0 ? std::move(socket)
                                                                         : clusterdisc::FileDescriptor();
}

/// Node 1 is a LoadChannel; of nodes 2 and 3 the test has the sockets.
class LoadChannels : public testing::Test {
protected:
    void SetUp() override {
        for (const std::uint16_t port : peer_ports_at_random()) {
            // A test that runs beside this one has this address at its own port, so the others are free, too.
            if (bound_socket(endpoint_of(tested, port)).is_open()) {
                port_ = port;
                break;
            }
        }
        if (port_ == 0) {
            GTEST_SKIP() << "no port below 1024 can be had, as root can";
        }
        for (const NodeId node : {NodeId{2}, NodeId{3}}) {
            sockets_[node] = bound_socket(endpoint_of(node, port_));
            ASSERT_TRUE(sockets_[node].is_open());
        }
        clusterdisc::replace_file(folder_.path("map"), "1 127.77.0.1 3\n", 0644);
        membership_ = std::make_unique<Membership>(
            loop_.get(), Membership::Settings{.map = folder_.path("map"), .node = tested, .address = {}}, [] {});
        channel_ = std::make_unique<LoadChannel>(LoadChannel::Surroundings{
            .event = loop_.get(),
            .keys = keys_,
            .membership = *membership_,
            .own_state =
                [] {
                    balance::NodeState state;
                    state.node = tested;
                    state.total_pages = 1000;
                    return state;
                },
            .admit =
                [this](const AdmissionRequest& request) {
                    asked_.push_back(request.process.pid);
                    return admits_ ? LoadChannel::Admitted(ReservationId{asked_.size()}) : AdmissionRefusal::memory;
                },
            .cancelled = [this](ReservationId id) { cancelled_.push_back(id); },
            .relay =
                [this](const balance::RelayRequest& request, const LoadChannel::OnRelayed& reply) {
                    relayed_.push_back(request.target);
                    on_relayed_ = reply;
                }});
        channel_->use(endpoint_of(tested, port_));
        channel_->follow_membership();
    }

    /// From a node to the channel.
    void send(const AdmissionMessage& message, NodeId from, const clusterdisc::KeyRing& keys) {
        const auto datagram = balance::seal_datagram(balance::encode(message), keys);
        SocketAddress to = to_socket_address(endpoint_of(tested, port_));
        ASSERT_EQ(::sendto(sockets_[from].number(), datagram.data(), datagram.size(), 0, to.generic(), to.size),
                  static_cast<ssize_t>(datagram.size()));
    }
    void send(const AdmissionMessage& message) { send(message, message.sender, keys_); }

    static AdmissionMessage question(std::uint32_t sequence, std::uint32_t run = first_run) {
        const AdmissionRequest request{
            .process = {.home = 2, .pid = static_cast<pid_t>(1000 + sequence)}, .from = 2, .pages = 1};
        return {.sender = 2, .recipient = tested, .run = run, .sequence = sequence, .content = request};
    }
    static AdmissionMessage cancellation(std::uint32_t sequence, std::uint32_t run = first_run) {
        return {.sender = 2, .recipient = tested, .run = run, .sequence = sequence, .content = AdmissionCancelled{}};
    }

    /// What the channel sends to a node about admission next; none when it says nothing for a while.
    std::optional<AdmissionMessage> receive(NodeId node, std::chrono::milliseconds wait) {
        const auto end = EventLoop::now() + wait;
        while (EventLoop::now() < end) {
            std::array<std::uint8_t, 2048> buffer{};
            const ssize_t size = ::recv(sockets_[node].number(), buffer.data(), buffer.size(), 0);
            if (size < 0) {
                constexpr std::uint64_t microseconds_per_turn = 5'000;
                ::sd_event_run(loop_.get(), microseconds_per_turn);
                continue;
            }
            const auto content = balance::open_datagram(std::span(buffer).first(static_cast<std::size_t>(size)), keys_);
            if (const auto message = content ? balance::decode_admission(*content) : std::nullopt) {
                return message;
            }
        }
        return std::nullopt;
    }
    std::optional<AdmissionMessage> reply() { return receive(2, std::chrono::seconds(20)); }
    bool is_silent() { return !receive(2, std::chrono::milliseconds(100)); }

    LoadChannel::QuestionNumber ask(NodeId target) {
        const AdmissionRequest request{.process = {.home = tested, .pid = 7}, .from = tested};
        return channel_->ask(target, request,
                             [this](const LoadChannel::Answer& answer) { answers_.push_back(answer); });
    }
    bool run_until_answered() {
        const auto end = EventLoop::now() + std::chrono::seconds(20);
        while (answers_.empty() && EventLoop::now() < end) {
            ::sd_event_run(loop_.get(), 10'000);
        }
        return !answers_.empty();
    }

    clusterdisc::TemporaryFolder folder_;
    EventLoop loop_;
    clusterdisc::KeyRing keys_ = keys_of(1);
    std::uint16_t port_ = 0;
    std::map<NodeId, clusterdisc::FileDescriptor> sockets_;
    std::unique_ptr<Membership> membership_;
    std::unique_ptr<LoadChannel> channel_;
    bool admits_ = true;
    std::vector<pid_t> asked_;
    std::vector<ReservationId> cancelled_;
    std::vector<NodeId> relayed_;
    LoadChannel::OnRelayed on_relayed_;
    std::vector<LoadChannel::Answer> answers_;
};

TEST_F(LoadChannels, AnswerARepeatedQuestionWithoutAdmittingTwice) {
    for (int time = 0; time < 3; ++time) {
        send(question(5));
        const auto answer = reply();
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->run, first_run);
        EXPECT_EQ(answer->sequence, 5U);
        EXPECT_EQ(std::get<AdmissionAnswer>(answer->content).refusal, std::nullopt);
        // The answer stays the same, whatever has changed.
        admits_ = false;
    }
    EXPECT_EQ(asked_, std::vector<pid_t>{1005});
    send(question(6));
    const auto answer = reply();
    ASSERT_TRUE(answer);
    EXPECT_EQ(std::get<AdmissionAnswer>(answer->content).refusal, AdmissionRefusal::memory);
}

TEST_F(LoadChannels, RememberSoManyAnswersAndIgnoreWhatIsOlder) {
    constexpr std::uint32_t max_remembered = 64;
    for (std::uint32_t sequence = 2; sequence <= max_remembered + 2; ++sequence) {
        send(question(sequence));
        ASSERT_TRUE(reply());
    }
    // The first one is forgotten, and must not be asked again for that.
    send(question(2));
    EXPECT_TRUE(is_silent());
    send(question(1));
    EXPECT_TRUE(is_silent());
    send(question(3));
    EXPECT_TRUE(reply());
    EXPECT_EQ(asked_.size(), max_remembered + 1);
}

TEST_F(LoadChannels, BeginAgainWithANewRunAndNotWithAnOldOne) {
    send(question(9));
    ASSERT_TRUE(reply());
    send(question(1, first_run + 1));
    ASSERT_TRUE(reply());
    // A recording of the run before, to get another reservation and to have the new run forgotten.
    send(question(9));
    send(question(10));
    send(cancellation(9));
    EXPECT_TRUE(is_silent());
    send(question(1, first_run + 1));
    EXPECT_TRUE(reply());
    EXPECT_EQ(asked_, (std::vector<pid_t>{1009, 1001}));
    EXPECT_TRUE(cancelled_.empty());
}

TEST_F(LoadChannels, CancelWhatWasAdmitted) {
    send(question(5));
    ASSERT_TRUE(reply());
    send(cancellation(5));
    EXPECT_TRUE(is_silent());
    EXPECT_EQ(cancelled_, std::vector<ReservationId>{1});
    // It comes before its question, which is asked no more.
    send(cancellation(7));
    send(question(7));
    const auto answer = reply();
    ASSERT_TRUE(answer);
    EXPECT_EQ(std::get<AdmissionAnswer>(answer->content).refusal, AdmissionRefusal::not_there);
    EXPECT_EQ(asked_, std::vector<pid_t>{1005});
    EXPECT_EQ(cancelled_.size(), 1U);
}

TEST_F(LoadChannels, MoveAProcessOnOnceWhenTheNodeAsksWhereItIs) {
    AdmissionMessage message = question(5);
    balance::RelayRequest relay{.request = std::get<AdmissionRequest>(message.content), .target = 3};
    relay.request.process.home = tested;
    message.content = relay;
    send(message);
    EXPECT_TRUE(is_silent());
    // The target has not answered yet.
    send(message);
    EXPECT_TRUE(is_silent());
    ASSERT_EQ(relayed_, std::vector<NodeId>{3});
    on_relayed_(std::nullopt);
    for (int time = 0; time < 2; ++time) {
        const auto answer = reply();
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->sequence, 5U);
        EXPECT_EQ(std::get<AdmissionAnswer>(answer->content).refusal, std::nullopt);
        send(message);
    }
    ASSERT_TRUE(reply());
    EXPECT_EQ(relayed_.size(), 1U);
    message.sequence = 6;
    send(message);
    EXPECT_TRUE(is_silent());
    on_relayed_(AdmissionRefusal::memory);
    const auto answer = reply();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->sequence, 6U);
    EXPECT_EQ(std::get<AdmissionAnswer>(answer->content).refusal, AdmissionRefusal::memory);
    EXPECT_TRUE(asked_.empty());
}

TEST_F(LoadChannels, AskTheHomeOfAGuest) {
    const AdmissionRequest request{.process = {.home = 2, .pid = 7}, .from = tested};
    channel_->ask_home({.request = request, .target = 3},
                       [this](const LoadChannel::Answer& answer) { answers_.push_back(answer); });
    const auto asked = reply();
    ASSERT_TRUE(asked);
    EXPECT_EQ(std::get<balance::RelayRequest>(asked->content).target, 3);
    send({.sender = 2,
          .recipient = tested,
          .run = asked->run,
          .sequence = asked->sequence,
          .content = AdmissionAnswer{AdmissionRefusal::home_objects}});
    ASSERT_TRUE(run_until_answered());
    ASSERT_TRUE(answers_[0]);
    EXPECT_EQ(answers_[0]->refusal, AdmissionRefusal::home_objects);
}

TEST_F(LoadChannels, TakeNothingOfStrangersOrInAnothersName) {
    send(question(1), 2, keys_of(2));
    send(question(1), 3, keys_);
    AdmissionMessage to_another = question(1);
    to_another.recipient = 3;
    send(to_another);
    EXPECT_TRUE(is_silent());
    EXPECT_TRUE(asked_.empty());
}

TEST_F(LoadChannels, AskAgainUntilTheNodeAnswers) {
    ask(2);
    ASSERT_TRUE(reply());
    // The first answer, or the question, was lost.
    const auto again = reply();
    ASSERT_TRUE(again);
    AdmissionMessage answer{.sender = 2,
                            .recipient = tested,
                            .run = again->run,
                            .sequence = again->sequence,
                            .content = AdmissionAnswer{AdmissionRefusal::own_user}};
    send(answer);
    ASSERT_TRUE(run_until_answered());
    ASSERT_TRUE(answers_[0]);
    EXPECT_EQ(answers_[0]->refusal, AdmissionRefusal::own_user);
    // Once.
    answer.content = AdmissionAnswer{};
    send(answer);
    EXPECT_TRUE(is_silent());
    EXPECT_EQ(answers_.size(), 1U);
}

TEST_F(LoadChannels, BelieveTheNodeThatWasAskedOnly) {
    ask(2);
    const auto asked = reply();
    ASSERT_TRUE(asked);
    AdmissionMessage answer{
        .sender = 3, .recipient = tested, .run = asked->run, .sequence = asked->sequence, .content = AdmissionAnswer{}};
    send(answer);
    answer.sender = 2;
    ++answer.run;
    send(answer);
    --answer.run;
    ++answer.sequence;
    send(answer);
    ASSERT_TRUE(run_until_answered());
    EXPECT_FALSE(answers_[0]) << "nobody has answered";
}

TEST_F(LoadChannels, TellTheNodeThatAProcessDoesNotCome) {
    const auto number = ask(2);
    const auto asked = reply();
    ASSERT_TRUE(asked);
    channel_->cancel(2, number);
    auto told = reply();
    while (told && !std::holds_alternative<AdmissionCancelled>(told->content)) {
        told = reply();
    }
    ASSERT_TRUE(told);
    EXPECT_EQ(told->run, asked->run);
    EXPECT_EQ(told->sequence, asked->sequence);
}

}  // namespace
}  // namespace openmosix::load_channel_test
