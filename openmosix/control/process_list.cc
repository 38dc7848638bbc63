// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/process_list.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>
#include <system_error>

#include "common/file.h"

namespace openmosix {

namespace {

constexpr std::size_t longest_state = std::size_t{64} << 10U;

std::optional<std::string> try_to_read(const std::string& path) {
    try {
        return clusterdisc::read_file(path, longest_state);
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
    return start != state.end() && start->is_number_unsigned() &&
           start_time_of(state["supervisor"].get<pid_t>()) == start->get<std::uint64_t>();
}

}  // namespace

std::optional<std::uint64_t> start_time_of(pid_t pid) {
    const auto stat = try_to_read("/proc/" + std::to_string(pid) + "/stat");
    return stat ? parse_start_time(*stat) : std::nullopt;
}

std::optional<std::uint64_t> parse_start_time(std::string_view stat) {
    // Field 2 is the name in parentheses, which may have blanks and parentheses itself.
    std::string_view rest = stat;
    rest.remove_prefix(std::min(rest.rfind(')'), rest.size()));
    constexpr int blanks_before_start_time = 20;
    for (int blank = 0; blank < blanks_before_start_time; ++blank) {
        const std::size_t found = rest.find(' ');
        if (found == std::string_view::npos) {
            return std::nullopt;
        }
        rest.remove_prefix(found + 1);
    }
    std::uint64_t time = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), time);
    return error == std::errc() ? std::optional(time) : std::nullopt;
}

std::optional<nlohmann::json> parse_process_state(std::string_view text) {
    auto state = nlohmann::json::parse(text, nullptr, false);
    if (!state.is_object() || !is_pid(state, "pid") || !is_pid(state, "supervisor")) {
        return std::nullopt;
    }
    return state;
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
