// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/move_hints.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace openmosix {

namespace {

using Json = nlohmann::json;

template <typename Value, std::size_t count>
using Names = std::array<std::pair<Value, std::string_view>, count>;

constexpr Names<MoveLock, 2> locks = {{{MoveLock::off, "off"}, {MoveLock::on, "on"}}};
constexpr Names<JobKind, 3> jobs = {{{JobKind::unknown, "unknown"}, {JobKind::cpu, "cpu"}, {JobKind::io, "io"}}};
constexpr Names<Decay, 4> decays = {
    {{Decay::usual, "usual"}, {Decay::slow, "slow"}, {Decay::fast, "fast"}, {Decay::none, "none"}}};
constexpr std::string_view all_nodes = "all";

template <typename Value, std::size_t count>
void add(Json& object, const char* key, const std::optional<Value>& value, const Names<Value, count>& names) {
    if (value) {
        object[key] = std::ranges::find(names, *value, &std::pair<Value, std::string_view>::first)->second;
    }
}

/// False when the key is there with something else.
template <typename Value, std::size_t count>
bool take(const Json& object, const char* key, std::optional<Value>& value, const Names<Value, count>& names) {
    const auto found = object.find(key);
    if (found == object.end()) {
        return true;
    }
    const std::string text = found->is_string() ? found->get<std::string>() : std::string();
    const auto* const name = std::ranges::find(names, text, &std::pair<Value, std::string_view>::second);
    if (name == names.end()) {
        return false;
    }
    value = name->first;
    return true;
}

bool take_nodes(const Json& object, std::optional<std::vector<NodeRange>>& nodes) {
    const auto found = object.find("nodes");
    if (found == object.end()) {
        return true;
    }
    if (!found->is_string()) {
        return false;
    }
    const auto text = found->get<std::string>();
    nodes = text == all_nodes ? std::optional(std::vector<NodeRange>()) : parse_node_list(text);
    return nodes.has_value();
}

std::string to_list(const std::vector<NodeRange>& nodes) {
    if (nodes.empty()) {
        return std::string(all_nodes);
    }
    std::string text;
    for (const NodeRange& range : nodes) {
        text += (text.empty() ? "" : ",") + std::to_string(range.first);
        text += range.last == range.first ? "" : '-' + std::to_string(range.last);
    }
    return text;
}

}  // namespace

void MoveHints::complete_from(const MoveHints& other) {
    lock = lock ? lock : other.lock;
    job = job ? job : other.job;
    decay = decay ? decay : other.decay;
    nodes = nodes ? nodes : other.nodes;
}

void add_hints(Json& object, const MoveHints& hints) {
    add(object, "lock", hints.lock, locks);
    add(object, "job", hints.job, jobs);
    add(object, "decay", hints.decay, decays);
    if (hints.nodes) {
        object["nodes"] = to_list(*hints.nodes);
    }
}

std::optional<MoveHints> parse_hints(const Json& object, std::string& problem) {
    MoveHints hints;
    if (!object.is_object()) {
        problem = "not an object";
    } else if (!take(object, "lock", hints.lock, locks)) {
        problem = R"("lock" must be "on" or "off")";
    } else if (!take(object, "job", hints.job, jobs)) {
        problem = R"("job" must be "unknown", "cpu" or "io")";
    } else if (!take(object, "decay", hints.decay, decays)) {
        problem = R"("decay" must be "usual", "slow", "fast" or "none")";
    } else if (!take_nodes(object, hints.nodes)) {
        problem = R"("nodes" must be node ids like "1-4,7", or "all")";
    } else {
        return hints;
    }
    return std::nullopt;
}

std::optional<MoveHints> parse_hint_file(std::string_view text, std::uint64_t start_time) {
    const auto json = Json::parse(text, nullptr, false);
    const bool has_start = json.is_object() && json.contains("start") && json["start"].is_number_unsigned();
    if (!has_start || json["start"].get<std::uint64_t>() != start_time) {
        return std::nullopt;
    }
    std::string problem;
    return parse_hints(json, problem);
}

}  // namespace openmosix
