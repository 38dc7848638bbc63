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

Request parse_move(const Json& json) {
    MoveRequest move;
    const auto pid = json.find("pid");
    if (pid == json.end() || !pid->is_number_integer() || *pid < 1 || *pid > std::numeric_limits<pid_t>::max()) {
        return BadRequest{"\"pid\" must be the number of a process"};
    }
    move.pid = pid->get<pid_t>();
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
    constexpr std::size_t longest_path = 4095;
    const bool is_path =
        file && file->starts_with('/') && file->size() <= longest_path && file->find('\0') == std::string::npos;
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

}  // namespace

Request parse_request(std::string_view line) {
    const Json json = line.size() > longest_request ? Json() : Json::parse(line, nullptr, false);
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
    return BadRequest{R"("request" must be "migrate", "list" or "status")"};
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

std::string refusal_line(std::string_view reason) {
    return to_text({{"ok", false}, {"reason", reason}});
}

std::string success_line() {
    return to_text({{"ok", true}});
}

}  // namespace openmosix
