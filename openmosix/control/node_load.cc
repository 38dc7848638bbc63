// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/node_load.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "common/file.h"
#include "common/node_settings.h"
#include "procfs/memory_information.h"

namespace openmosix {

namespace {

using Json = nlohmann::json;

std::string read(const char* path) {
    constexpr std::size_t longest = std::size_t{4} << 20U;
    const auto text = clusterdisc::read_file(path, longest);
    if (!text) {
        throw std::runtime_error(std::string(path) + " does not exist: is /proc mounted?");
    }
    return *text;
}

/// The first number after `key` in `text`, as "MemAvailable:   123 kB" has it; 0: none.
double number_after(std::string_view text, std::string_view key) {
    const std::size_t found = text.find(key);
    if (found == std::string_view::npos) {
        return 0;
    }
    text.remove_prefix(found + key.size());
    text.remove_prefix(std::min(text.find_first_of("0123456789\n"), text.size()));
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() ? value : 0;
}

/// "0.10 0.20 0.30 2/345 678": 2 threads run or could run, of which this one is one.
double runnable_others() {
    const std::string text = read("/proc/loadavg");
    const std::size_t slash = text.find('/');
    const std::size_t start = text.find_last_of(' ', slash);
    const double runnable = start == std::string::npos ? 0 : number_after(std::string_view(text).substr(start), " ");
    return std::max(runnable - 1, 0.0);
}

template <typename Number>
bool take(const Json& json, const char* key, double most, Number& number) {
    const auto found = json.find(key);
    if (found == json.end() || !found->is_number()) {
        return false;
    }
    const auto value = found->get<double>();
    if (!(value >= 0 && value <= most)) {
        return false;
    }
    number = static_cast<Number>(value);
    return true;
}

}  // namespace

std::string to_line(const NodeLoad& load) {
    return Json{{"node", load.node},   {"load", load.load},
                {"cpus", load.cpus},   {"free_memory_kb", load.free_memory_kb},
                {"speed", load.speed}, {"accepts", load.accepts}}
               .dump() +
           '\n';
}

std::optional<NodeLoad> parse_node_load(std::string_view line) {
    constexpr double most = 1U << 31U;
    constexpr double max_memory = 1ULL << 52U;
    const Json json = Json::parse(line, nullptr, false);
    NodeLoad load;
    if (!json.is_object() || !take(json, "node", clusterdisc::last_node_id, load.node) || load.node == 0 ||
        !take(json, "load", most, load.load) || !take(json, "cpus", most, load.cpus) || load.cpus == 0 ||
        !take(json, "free_memory_kb", max_memory, load.free_memory_kb) || !take(json, "speed", most, load.speed)) {
        return std::nullopt;
    }
    const auto accepts = json.find("accepts");
    load.accepts = accepts == json.end() || (accepts->is_boolean() && accepts->get<bool>());
    return load;
}

NodeLoad measure_load(clusterdisc::NodeId node, std::uint32_t speed) {
    // A single look would see only what happens to run in that moment.
    constexpr int looks = 5;
    constexpr auto pause = std::chrono::milliseconds(8);
    NodeLoad load;
    load.node = node;
    for (int look = 0; look < looks; ++look) {
        std::this_thread::sleep_for(pause);
        load.load += runnable_others() / looks;
    }
    load.cpus = std::max(std::thread::hardware_concurrency(), 1U);
    load.free_memory_kb = kilobytes_of(read("/proc/meminfo"), "MemAvailable");
    load.speed = speed;
    return load;
}

std::optional<clusterdisc::NodeId> choose_node(std::span<const NodeLoad> loads, clusterdisc::NodeId place,
                                               std::uint64_t needed_kb) {
    const bool knows_speeds = std::ranges::all_of(loads, [](const NodeLoad& load) { return load.speed > 0; });
    std::optional<clusterdisc::NodeId> best;
    double lowest = std::numeric_limits<double>::infinity();
    for (const NodeLoad& load : loads) {
        const bool is_here = load.node == place;
        if (!is_here && (!load.accepts || load.free_memory_kb < needed_kb)) {
            continue;
        }
        // Where it is, it may be asleep just now; but where it goes it takes a processor when it wakes up.
        const double runnable = is_here ? std::max(load.load, 1.0) : load.load + 1;
        const double cost = runnable / load.cpus / (knows_speeds ? load.speed : 1.0);
        if (cost < lowest || (cost <= lowest && is_here)) {
            lowest = cost;
            best = load.node;
        }
    }
    return best;
}

}  // namespace openmosix
