// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/known_processes.h"

#include <unistd.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/node_id.h"
#include "control/process_list.h"

namespace openmosix {

namespace {

constexpr std::uint64_t max_uid = 0xfffffffe;

}  // namespace

ProcessSurvey::Known known_processes(const std::string& run_folder, balance::NodeId own_node,
                                     std::function<double(balance::NodeId)> pace_of) {
    ProcessSurvey::Known known{
        .own_node = own_node, .left_out = {::getpid()}, .guests = {}, .away = {}, .pace_of = std::move(pace_of)};
    for (const nlohmann::json& state : read_process_list(run_folder + "/processes", false)) {
        known.left_out.insert(state["supervisor"].get<pid_t>());
        const auto node = static_cast<balance::NodeId>(number_in(state, "node", clusterdisc::last_node_id));
        if (node != 0 && node != own_node) {
            known.away.emplace(state["pid"].get<pid_t>(), node);
        }
    }
    for (const nlohmann::json& state : read_process_list(run_folder + "/guests", false)) {
        known.left_out.insert(state["supervisor"].get<pid_t>());
        const balance::ProcessId id{
            .home = static_cast<balance::NodeId>(number_in(state, "home", clusterdisc::last_node_id)),
            .pid = static_cast<pid_t>(number_in(state, "home_pid", std::numeric_limits<pid_t>::max()))};
        known.guests.emplace(
            state["pid"].get<pid_t>(),
            ProcessSurvey::Guest{.id = id, .user = static_cast<uid_t>(number_in(state, "uid", max_uid))});
    }
    return known;
}

}  // namespace openmosix
