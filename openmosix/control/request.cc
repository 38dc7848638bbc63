// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/request.h"

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "common/printable_text.h"

namespace openmosix {

namespace {

using Json = nlohmann::json;

/// None when the key is there with something that is no text.
std::optional<std::string> text_of(const Json& json, const char* key) {
    const auto found = json.find(key);
    if (found == json.end()) {
        return std::string();
    }
    return found->is_string() ? std::optional(found->get<std::string>()) : std::nullopt;
}

std::string to_text(const Json& json) {
    return json.dump(-1, ' ', true, Json::error_handler_t::replace) + '\n';
}

std::optional<pid_t> pid_in(const Json& json) {
    const auto pid = json.find("pid");
    const bool is_pid =
        pid != json.end() && pid->is_number_integer() && *pid >= 1 && *pid <= std::numeric_limits<pid_t>::max();
    return is_pid ? std::optional(pid->get<pid_t>()) : std::nullopt;
}

constexpr const char* pid_wanted = "\"pid\" must be the number of a process";

Request parse_why(const Json& json) {
    if (!json.contains("pid")) {
        return WhyRequest{};
    }
    const auto pid = pid_in(json);
    return pid ? Request(WhyRequest{*pid}) : Request(BadRequest{pid_wanted});
}

Request parse_move(const Json& json) {
    MoveRequest move;
    const auto pid = pid_in(json);
    if (!pid) {
        return BadRequest{pid_wanted};
    }
    move.pid = *pid;
    const auto to = text_of(json, "to");
    const auto file = text_of(json, "file");
    const auto among = text_of(json, "among");
    const auto at = text_of(json, "at");
    if (!to || to->empty()) {
        return BadRequest{R"("to" must be a node id in quotes, "home", "balance" or "file")"};
    }
    if (!at || (!at->empty() && *at != "now" && *at != "exec")) {
        return BadRequest{R"("at" must be "now" or "exec")"};
    }
    if (!among || (!among->empty() && *to != "balance")) {
        return BadRequest{R"("among" must be node ids like "1-4,7", and goes with "to":"balance" only)"};
    }
    constexpr std::size_t max_path = 4095;
    const bool is_path =
        file && file->starts_with('/') && file->size() <= max_path && file->find('\0') == std::string::npos;
    if (!file || (*to == "file" ? !is_path : !file->empty())) {
        return BadRequest{R"("file" must be an absolute path, and goes with "to":"file" only)"};
    }
    move.to = *to;
    move.file = *file;
    move.among = *among;
    move.at_exec = *at == "exec";
    if (move.at_exec && *to == "file") {
        return BadRequest{"a program that starts is not written to a file"};
    }
    return move;
}

Request parse_hint(const Json& json) {
    HintRequest request;
    const auto pid = pid_in(json);
    if (!pid) {
        return BadRequest{pid_wanted};
    }
    request.pid = *pid;
    std::string problem;
    auto hints = parse_hints(json, problem);
    if (!hints) {
        return BadRequest{problem};
    }
    request.hints = *std::move(hints);
    return request;
}

Request parse_switch(const Json& json) {
    const auto name = text_of(json, "switch");
    const auto which = name ? find_node_switch(*name) : std::nullopt;
    if (!which) {
        return BadRequest{R"("switch" must be "stay", "lstay", "block" or "quiet")"};
    }
    const auto to = text_of(json, "to");
    if (to != "on" && to != "off") {
        return BadRequest{R"("to" must be "on" or "off")"};
    }
    return SwitchRequest{.which = *which,
                         .to = to == "on" ? SwitchRequest::Position::on : SwitchRequest::Position::off};
}

Request parse_speed(const Json& json) {
    const auto speed = json.find("speed");
    const bool is_speed = speed != json.end() && speed->is_number_integer() && *speed >= 1 &&
                          *speed <= std::numeric_limits<std::int32_t>::max();
    return is_speed ? Request(SpeedRequest{speed->get<std::uint32_t>()})
                    : Request(BadRequest{R"("speed" must be a number above 0)"});
}

std::optional<std::uint64_t> number_in(const Json& json, const char* key) {
    const auto number = json.find(key);
    return number != json.end() && number->is_number_unsigned() ? std::optional(number->get<std::uint64_t>())
                                                                : std::nullopt;
}

Request parse_time(const Json& json) {
    const auto pid = pid_in(json);
    if (!pid) {
        return BadRequest{pid_wanted};
    }
    const auto start_time = number_in(json, "start");
    const auto user = number_in(json, "user");
    const auto system = number_in(json, "system");
    if (!start_time || !user || !system) {
        return BadRequest{R"("start", "user" and "system" must be numbers, none of them negative)"};
    }
    return ProcessorTimeRequest{.pid = *pid, .start_time = *start_time, .user = *user, .system = *system};
}

}  // namespace

Request parse_request(std::string_view line) {
    const Json json = line.size() > max_request ? Json() : Json::parse(line, nullptr, false);
    if (!json.is_object()) {
        return BadRequest{"not a JSON object: " + clusterdisc::shown(line)};
    }
    const auto kind = text_of(json, "request");
    if (kind == "migrate") {
        return parse_move(json);
    }
    if (kind == "list") {
        return ListRequest{};
    }
    if (kind == "status") {
        return StatusRequest{};
    }
    if (kind == "nodes") {
        return NodesRequest{};
    }
    if (kind == "why") {
        return parse_why(json);
    }
    if (kind == "load") {
        const auto node = json.find("node");
        const bool is_node =
            node != json.end() && node->is_number_integer() && *node >= 1 && *node <= clusterdisc::last_node_id;
        return is_node ? Request(LoadRequest{node->get<clusterdisc::NodeId>()})
                       : Request(BadRequest{R"("node" must be a node id, from 1 to 65534)"});
    }
    if (kind == "hint") {
        return parse_hint(json);
    }
    if (kind == "set") {
        return parse_switch(json);
    }
    if (kind == "speed") {
        return parse_speed(json);
    }
    if (kind == "time") {
        return parse_time(json);
    }
    return BadRequest{
        R"("request" must be "migrate", "list", "status", "nodes", "why", "load", "hint", "set", "speed" or "time")"};
}

std::string to_line(const MoveRequest& request) {
    Json json{{"request", "migrate"}, {"pid", request.pid}, {"to", request.to}};
    json["at"] = request.at_exec ? "exec" : "now";
    if (!request.file.empty()) {
        json["file"] = request.file;
    }
    if (!request.among.empty()) {
        json["among"] = request.among;
    }
    return to_text(json);
}

std::string to_line(const ListRequest&) {
    return to_text({{"request", "list"}});
}

std::string to_line(const StatusRequest&) {
    return to_text({{"request", "status"}});
}

std::string to_line(const NodesRequest&) {
    return to_text({{"request", "nodes"}});
}

std::string to_line(const LoadRequest& request) {
    return to_text({{"request", "load"}, {"node", request.node}});
}

std::string to_line(const HintRequest& request) {
    Json json{{"request", "hint"}, {"pid", request.pid}};
    add_hints(json, request.hints);
    return to_text(json);
}

std::string to_line(const SwitchRequest& request) {
    return to_text({{"request", "set"},
                    {"switch", name_of(request.which)},
                    {"to", request.to == SwitchRequest::Position::on ? "on" : "off"}});
}

std::string to_line(const SpeedRequest& request) {
    return to_text({{"request", "speed"}, {"speed", request.speed}});
}

std::string to_line(const ProcessorTimeRequest& request) {
    return to_text({{"request", "time"},
                    {"pid", request.pid},
                    {"start", request.start_time},
                    {"user", request.user},
                    {"system", request.system}});
}

std::string to_line(const WhyRequest& request) {
    Json json{{"request", "why"}};
    if (request.pid != 0) {
        json["pid"] = request.pid;
    }
    return to_text(json);
}

std::string refusal_line(std::string_view reason) {
    return to_text({{"ok", false}, {"reason", reason}});
}

std::string pending_line(std::string_view reason) {
    return to_text({{"ok", false}, {"reason", reason}, {"pending", true}});
}

std::string success_line() {
    return to_text({{"ok", true}});
}

std::string counted_line(bool is_counted) {
    return to_text({{"ok", true}, {"counted", is_counted}});
}

}  // namespace openmosix
