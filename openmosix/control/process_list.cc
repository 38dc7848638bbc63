// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/process_list.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <system_error>

#include "common/file.h"
#include "procfs/process_stat.h"

namespace openmosix {

namespace {

constexpr std::size_t max_state = std::size_t{64} << 10U;

std::optional<std::string> try_to_read(const std::string& path) {
    try {
        return clusterdisc::read_file(path, max_state);
    } catch (const std::system_error&) {
        // It ended between open(2) and read(2).
        return std::nullopt;
    }
}

bool is_pid(const nlohmann::json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_number_unsigned() && *found >= 1 &&
           *found <= std::numeric_limits<pid_t>::max();
}

bool lives(const nlohmann::json& state) {
    const auto start = state.find("supervisor_start");
    if (start == state.end() || !start->is_number_unsigned()) {
        return false;
    }
    try {
        const auto stat = find_process_stat(state["supervisor"].get<pid_t>());
        return stat && stat->start_time == start->get<std::uint64_t>();
    } catch (const std::runtime_error&) {
        // Cannot be read or understood.
        return false;
    }
}

}  // namespace

std::optional<nlohmann::json> parse_process_state(std::string_view text) {
    auto state = nlohmann::json::parse(text, nullptr, false);
    if (!state.is_object() || !is_pid(state, "pid") || !is_pid(state, "supervisor")) {
        return std::nullopt;
    }
    return state;
}

std::optional<nlohmann::json> read_process_state(const std::string& path) {
    const auto text = try_to_read(path);
    auto state = text ? parse_process_state(*text) : std::nullopt;
    return state && lives(*state) ? state : std::nullopt;
}

std::uint64_t number_in(const nlohmann::json& state, const char* key, std::uint64_t max) {
    const auto found = state.is_object() ? state.find(key) : state.end();
    const bool is_number = found != state.end() && found->is_number_integer() && *found >= 0;
    const std::uint64_t number = is_number ? found->get<std::uint64_t>() : 0;
    return number <= max ? number : 0;
}

std::string text_in(const nlohmann::json& state, const char* key) {
    const auto found = state.is_object() ? state.find(key) : state.end();
    return found != state.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<nlohmann::json> read_process_list(const std::string& folder, bool sweeps) {
    std::vector<nlohmann::json> states;
    std::error_code error;
    for (std::filesystem::directory_iterator file(folder, error), end; !error && file != end; file.increment(error)) {
        if (file->path().extension() != ".json") {
            continue;
        }
        const auto text = try_to_read(file->path().string());
        auto state = text ? parse_process_state(*text) : std::nullopt;
        if (!state) {
            continue;
        }
        if (lives(*state)) {
            states.push_back(std::move(*state));
        } else if (sweeps) {
            ::unlink(file->path().c_str());
        }
    }
    std::ranges::sort(states, {}, [](const nlohmann::json& state) { return state["pid"].get<pid_t>(); });
    return states;
}

}  // namespace openmosix
