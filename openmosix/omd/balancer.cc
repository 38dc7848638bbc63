// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/balancer.h"

#include <sodium.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <system_error>
#include <thread>

#include "common/exit_status.h"
#include "common/log.h"
#include "common/node_settings.h"
#include "peer/connection.h"

namespace openmosix {

namespace {

constexpr int seconds_to_ask = 3;
/// Of what a child says, in bytes.
constexpr std::size_t max_text = 4096;

/// What is reached in time. In a child: the threads are its own.
std::vector<NodeLoad> ask_all(const Balancer::Question& question, const clusterdisc::KeyRing& keys) {
    std::vector<NodeLoad> loads;
    std::mutex mutex;
    const auto add = [&](const NodeLoad& load) {
        const std::lock_guard lock(mutex);
        loads.push_back(load);
    };
    std::vector<std::jthread> threads;
    const auto deadline = in_seconds(seconds_to_ask);
    for (const LoadSource& candidate : question.candidates) {
        threads.emplace_back([&, candidate] {
            try {
                NodeLoad load = ask_for_load(candidate, question.own_node, keys, deadline);
                load.node = candidate.node;
                add(load);
            } catch (const std::exception& error) {
                clusterdisc::log_line(clusterdisc::LogLevel::info, std::string("balance: ") + error.what());
            }
        });
    }
    if (question.may_be_home) {
        add(measure_load(question.own_node, question.own_speed));
    }
    threads.clear();
    return loads;
}

void shuffle(std::vector<LoadSource>& candidates) {
    for (std::size_t left = candidates.size(); left > 1; --left) {
        std::swap(candidates[left - 1], candidates[::randombytes_uniform(static_cast<std::uint32_t>(left))]);
    }
}

}  // namespace

Balancer::Balancer(sd_event* event, ChildProcesses& children) : event_(event), children_(children) {}

void Balancer::start(std::function<std::string()> work, OnText on_text) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        throw std::system_error(errno, std::generic_category(), "socketpair");
    }
    clusterdisc::FileDescriptor ours(ends[0]);
    const clusterdisc::FileDescriptor theirs(ends[1]);
    const auto send = [work = std::move(work)] {
        const std::string text = work();
        const ssize_t sent = ::send(child_descriptor, text.data(), text.size(), MSG_NOSIGNAL);
        return sent == static_cast<ssize_t>(text.size()) ? clusterdisc::exit_success : clusterdisc::exit_failure;
    };
    children_.start_function(send, {.connection = theirs.number(), .input = -1, .output = -1}, [](int) {});
    const std::uint64_t number = ++last_number_;
    Pending& pending = pending_[number];
    pending.socket = std::move(ours);
    pending.readable = clusterdisc::add_io(
        event_, pending.socket.number(), EPOLLIN,
        [this, number, on_text = std::move(on_text)](std::uint32_t) { take_text(number, on_text); });
}

void Balancer::take_text(std::uint64_t number, const OnText& on_text) {
    std::array<char, max_text> buffer{};
    const auto found = pending_.find(number);
    const ssize_t size = ::recv(found->second.socket.number(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    // The source that calls us, and with it `on_text`, lives until we return.
    pending_.erase(found);
    on_text(std::string(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))));
}

void Balancer::ask(const Question& question, const clusterdisc::KeyRing& keys,
                   std::function<void(const Answer&)> on_answer) {
    Question asked = question;
    shuffle(asked.candidates);
    // Those that are near the one where it is now would be as good; who is not asked is not chosen.
    asked.candidates.resize(std::min(asked.candidates.size(), max_asked));
    const auto work = [&keys, asked] {
        return std::to_string(choose_node(ask_all(asked, keys), asked.place, asked.memory_kb).value_or(0));
    };
    start(work, [on_answer = std::move(on_answer)](const std::string& text) {
        if (const auto node = clusterdisc::parse_node_id(text)) {
            on_answer(*node);
        } else {
            on_answer(
                std::string("no node was found that takes it: none of those that are in the node map answers, has ") +
                "enough free memory and takes guests");
        }
    });
}

void Balancer::ask_load(const LoadSource& source, clusterdisc::NodeId own_node, std::uint32_t own_speed,
                        const clusterdisc::KeyRing& keys, std::function<void(const std::optional<NodeLoad>&)> on_load) {
    const auto work = [&keys, source, own_node, own_speed] {
        NodeLoad load = source.address.empty() ? measure_load(own_node, own_speed)
                                               : ask_for_load(source, own_node, keys, in_seconds(seconds_to_ask));
        load.node = source.node;
        return to_line(load);
    };
    start(work, [on_load = std::move(on_load)](const std::string& text) { on_load(parse_node_load(text)); });
}

}  // namespace openmosix
