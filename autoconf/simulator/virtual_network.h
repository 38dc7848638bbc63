// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "membership/agent.h"

namespace clusterdisc::simulator {

/// How a virtual PC is.
enum class Power : std::uint8_t {
    off,
    running,
    /// The agent is stopped, the kernel works: pings are answered, messages wait.
    frozen,
    /// The agent has ended without a word, the kernel works.
    killed,
};

struct NodeSetup {
    std::uint64_t hardware = 0;
    NodeId wanted_id = 0;
    /// To which segments it has network cards.
    std::vector<std::size_t> segments = {0};
    /// Its clock, against the world's: the start, and by how much it runs fast.
    Instant clock_offset{};
    double clock_drift = 0;
    std::vector<std::size_t> static_peers;
    bool uses_multicast = true;
};

/// What the network does to messages.
struct Weather {
    double loss = 0;
    double duplication = 0;
    Instant min_delay = std::chrono::microseconds(50);
    Instant max_delay = std::chrono::microseconds(400);
    bool drops_multicast = false;
};

struct Traffic {
    std::uint64_t messages = 0;
    /// With the headers of UDP, IPv6 and Ethernet.
    std::uint64_t bytes = 0;
};

class VirtualNode;

/// Agents on virtual Ethernet segments, in virtual time. The same seed and the same calls give the same run.
class VirtualNetwork {
public:
    explicit VirtualNetwork(std::uint64_t seed);
    VirtualNetwork(const VirtualNetwork&) = delete;
    VirtualNetwork& operator=(const VirtualNetwork&) = delete;
    VirtualNetwork(VirtualNetwork&&) = delete;
    VirtualNetwork& operator=(VirtualNetwork&&) = delete;
    ~VirtualNetwork();

    std::size_t add_node(NodeSetup setup);
    void power_on(std::size_t node);
    void power_off(std::size_t node);
    void kill(std::size_t node);
    void freeze(std::size_t node);
    void thaw(std::size_t node);
    /// Says goodbye, then ends.
    void shut_down(std::size_t node);
    void set_busy(std::size_t node, bool is_busy);
    /// The cable of one of its cards.
    void plug(std::size_t node, std::size_t segment, bool is_plugged);
    /// Nodes of a segment in different groups do not reach each other.
    void set_group(std::size_t node, int group);
    void set_weather(const Weather& weather) { weather_ = weather; }
    /// Sends messages of the past again, to everybody.
    void replay(std::size_t count);

    void run_until(Instant time);
    [[nodiscard]] Instant now() const { return now_; }
    /// Called after each event of a node whose view has changed.
    void on_change(std::function<void(std::size_t)> callback) { on_change_ = std::move(callback); }

    [[nodiscard]] std::size_t size() const { return nodes_.size(); }
    [[nodiscard]] Power power(std::size_t node) const;
    /// Of its last run; only when it has booted ever.
    [[nodiscard]] const Agent& agent(std::size_t node) const;
    [[nodiscard]] bool has_booted(std::size_t node) const;
    [[nodiscard]] const NodeSetup& setup(std::size_t node) const;
    [[nodiscard]] std::optional<std::size_t> find(const Identity& identity) const;
    /// Whether messages pass between the two, on any segment.
    [[nodiscard]] bool are_connected(std::size_t first, std::size_t second) const;
    /// Whether they pass to an address that the second one knows that it has: when a cable was plugged in while it was
    /// stopped, it could not tell anybody.
    [[nodiscard]] bool is_reachable(std::size_t first, std::size_t second) const;
    /// When one of these calls last changed something about the node, other than to stop it for a while.
    [[nodiscard]] Instant last_disturbance(std::size_t node) const;
    /// Since when a frozen node is so.
    [[nodiscard]] Instant frozen_since(std::size_t node) const;
    [[nodiscard]] Traffic sent(std::size_t node) const;
    [[nodiscard]] Traffic received(std::size_t node) const;
    void reset_traffic();
    [[nodiscard]] Random& random() { return random_; }

private:
    friend class VirtualNode;
    struct Event {
        Instant time{};
        std::uint64_t number = 0;
        std::size_t node = 0;
        /// Of the run of the node's agent that it is meant for.
        std::uint64_t run = 0;
        std::function<void(VirtualNode&)> act;
        bool operator>(const Event& other) const {
            return std::pair(time, number) > std::pair(other.time, other.number);
        }
    };
    struct Recorded {
        std::size_t segment = 0;
        Path from;
        std::shared_ptr<const Message> message;
    };

    void schedule(Instant time, std::size_t node, std::function<void(VirtualNode&)> act);
    void send(std::size_t node, const Path& path, const Message& message);
    void multicast(std::size_t node, std::uint32_t link, const Message& message);
    void probe_kernel(std::size_t node, const Path& path);
    void deliver(std::size_t sender, std::size_t segment, std::size_t receiver, bool is_multicast,
                 const std::shared_ptr<const Message>& message, std::size_t size);
    void arrange_tick(VirtualNode& node);
    void settle(VirtualNode& node);
    [[nodiscard]] bool passes(std::size_t segment, std::size_t first, std::size_t second) const;
    [[nodiscard]] Instant delay();
    [[nodiscard]] std::optional<std::size_t> owner_of(const IpAddress& address) const;
    void disturb(std::size_t node);

    Random random_;
    Weather weather_;
    Instant now_{};
    std::uint64_t events_ = 0;
    std::vector<std::unique_ptr<VirtualNode>> nodes_;
    std::map<std::size_t, std::vector<std::size_t>> segments_;
    std::map<Identity, std::size_t> identities_;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> queue_;
    std::deque<Recorded> recorded_;
    std::function<void(std::size_t)> on_change_;
};

}  // namespace clusterdisc::simulator
