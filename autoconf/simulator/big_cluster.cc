// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/big_cluster.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "simulator/virtual_network.h"

namespace clusterdisc::simulator {
namespace {

bool have_all_agreed(const VirtualNetwork& network) {
    for (std::size_t node = 0; node < network.size(); ++node) {
        const PeerTable& table = network.agent(node).table();
        const auto in_map = std::ranges::count_if(
            table.peers(), [&](const auto& entry) { return entry.second.is_known() && table.is_in_map(entry.second); });
        if (table.self().stage != Stage::member || static_cast<std::size_t>(in_map) + 1 != network.size()) {
            return false;
        }
    }
    return true;
}

double mean_received(const VirtualNetwork& network) {
    double sum = 0;
    for (std::size_t node = 0; node < network.size(); ++node) {
        sum += static_cast<double>(network.received(node).bytes);
    }
    return sum / static_cast<double>(network.size());
}

double mean_sent(const VirtualNetwork& network) {
    double sum = 0;
    for (std::size_t node = 0; node < network.size(); ++node) {
        sum += static_cast<double>(network.sent(node).bytes);
    }
    return sum / static_cast<double>(network.size());
}

}  // namespace

BootResult boot_big_cluster(std::uint64_t seed, std::size_t nodes, Instant spread) {
    using std::chrono::milliseconds;
    using std::chrono::seconds;
    constexpr Instant patience = seconds(120);
    constexpr Instant idle_time = seconds(60);
    VirtualNetwork network(seed);
    std::vector<Instant> starts;
    for (std::size_t node = 0; node < nodes; ++node) {
        NodeSetup setup;
        setup.hardware = 1 + node;
        network.add_node(setup);
        starts.emplace_back(
            static_cast<std::int64_t>(network.random().below(static_cast<std::uint64_t>(spread.count()))));
    }
    std::ranges::sort(starts);
    for (std::size_t node = 0; node < nodes; ++node) {
        network.run_until(starts.at(node));
        network.power_on(node);
    }
    BootResult result;
    while (!have_all_agreed(network)) {
        if (network.now() > starts.front() + patience) {
            return result;
        }
        network.run_until(network.now() + milliseconds(20));
    }
    result.agreed_after_seconds = static_cast<double>((network.now() - starts.front()).count()) / 1e6;
    result.boot_received = mean_received(network);
    // Until everybody is settled, and the hellos have become rare.
    network.run_until(network.now() + seconds(60));
    network.reset_traffic();
    network.run_until(network.now() + idle_time);
    const double length = static_cast<double>(idle_time.count()) / 1e6;
    result.idle_sent = mean_sent(network) / length;
    result.idle_received = mean_received(network) / length;
    return result;
}

}  // namespace clusterdisc::simulator
