// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/random_scenario.h"

#include <array>
#include <utility>

#include "simulator/invariants.h"
#include "simulator/virtual_network.h"

namespace clusterdisc::simulator {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// One seed's choices.
class Scenario {
public:
    explicit Scenario(std::uint64_t seed) : random_(seed), network_(random_.next()), invariants_(network_) {}

    std::vector<std::string> run() {
        choose_weather();
        add_nodes();
        const Instant end = seconds(30 + static_cast<std::int64_t>(random_.below(60)));
        while (network_.now() < end) {
            network_.run_until(network_.now() + milliseconds(random_.below(4000)));
            disturb();
        }
        end_disturbances();
        network_.run_until(network_.now() + quiet_time);
        invariants_.check_agreement();
        return invariants_.violations();
    }

private:
    /// Longer than the longest pause between two attempts to find each other again.
    static constexpr Instant quiet_time = seconds(100);

    void choose_weather() {
        Weather weather;
        constexpr std::array<double, 4> losses = {0, 0, 0.05, 0.2};
        weather.loss = losses.at(pick(losses.size()));
        weather.duplication = random_.chance(0.3) ? 0.1 : 0;
        weather.max_delay = random_.chance(0.2) ? milliseconds(20) : milliseconds(1);
        weather.drops_multicast = random_.chance(0.1);
        needs_static_peers_ = weather.drops_multicast;
        network_.set_weather(weather);
    }

    void add_nodes() {
        segments_ = 1 + pick(2);
        const std::size_t nodes = 2 + pick(9);
        for (std::size_t number = 0; number < nodes; ++number) {
            NodeSetup setup;
            // Few different ones: PCs whose makers gave them one address.
            setup.hardware = random_.chance(0.3) ? 1 + pick(2) : 1000 + number;
            setup.wanted_id = random_.chance(0.3) ? static_cast<NodeId>(1 + pick(3)) : NodeId{0};
            setup.clock_offset = seconds(random_.below(1U << 30U));
            setup.clock_drift = (static_cast<double>(random_.below(400)) - 200) * 1e-6;
            setup.segments.clear();
            for (std::size_t segment = 0; segment < segments_; ++segment) {
                setup.segments.push_back(segment);
            }
            if (needs_static_peers_ && number > 0) {
                setup.static_peers = {0};
            }
            network_.add_node(setup);
        }
        for (std::size_t node = 0; node < nodes; ++node) {
            if (random_.chance(0.8)) {
                network_.run_until(network_.now() + milliseconds(random_.below(300)));
                network_.power_on(node);
            }
        }
    }

    void disturb() {
        const std::size_t node = pick(network_.size());
        switch (pick(11)) {
            case 0:
                if (network_.power(node) == Power::off || network_.power(node) == Power::killed) {
                    network_.power_on(node);
                }
                break;
            case 1:
                network_.power_off(node);
                break;
            case 2:
                reset(node);
                break;
            case 3:
                network_.kill(node);
                break;
            case 4:
                stop_for_a_while(node);
                break;
            case 5:
                network_.shut_down(node);
                break;
            case 6:
                split();
                break;
            case 7:
                network_.plug(node, pick(segments_), random_.chance(0.6));
                break;
            case 8:
                network_.replay(20);
                break;
            case 9:
                network_.set_busy(node, random_.chance(0.5));
                break;
            default:
                heal();
                break;
        }
    }

    void reset(std::size_t node) {
        network_.power_off(node);
        network_.run_until(network_.now() + milliseconds(random_.below(3000)));
        network_.power_on(node);
    }

    void stop_for_a_while(std::size_t node) {
        network_.freeze(node);
        network_.run_until(network_.now() + milliseconds(random_.below(25000)));
        network_.thaw(node);
    }

    void split() {
        for (std::size_t node = 0; node < network_.size(); ++node) {
            network_.set_group(node, static_cast<int>(pick(2)));
        }
    }

    void heal() {
        for (std::size_t node = 0; node < network_.size(); ++node) {
            network_.set_group(node, 0);
        }
    }

    void end_disturbances() {
        heal();
        // Who is shutting down is gone by then.
        network_.run_until(network_.now() + seconds(1));
        const bool is_gone = network_.power(0) == Power::off || network_.power(0) == Power::killed;
        if (needs_static_peers_ && is_gone) {
            network_.power_on(0);
        }
        for (std::size_t node = 0; node < network_.size(); ++node) {
            for (std::size_t segment = 0; segment < segments_; ++segment) {
                network_.plug(node, segment, true);
            }
        }
    }

    std::size_t pick(std::size_t end) { return static_cast<std::size_t>(random_.below(end)); }

    Random random_;
    VirtualNetwork network_;
    Invariants invariants_;
    std::size_t segments_ = 1;
    bool needs_static_peers_ = false;
};

}  // namespace

std::vector<std::string> run_random_scenario(std::uint64_t seed) {
    return Scenario(seed).run();
}

}  // namespace clusterdisc::simulator
