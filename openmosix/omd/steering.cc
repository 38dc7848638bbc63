// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/steering.h"

#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "common/file.h"
#include "common/log.h"

namespace openmosix {

Steering::Steering(std::string path, const NodeSwitches& first) : path_(std::move(path)) {
    constexpr std::size_t max_size = 4096;
    try {
        const auto written = clusterdisc::read_file(path_, max_size);
        switches_ = written ? parse_node_switches(*written) : first;
    } catch (const std::system_error& error) {
        clusterdisc::log_line(clusterdisc::LogLevel::warning,
                              std::string("all switches of this node (mosctl) are off: ") + error.what());
    }
}

std::string Steering::set(const SwitchRequest& request, const Requester& requester) {
    const std::string name = name_of(request.which);
    if (requester.user != 0) {
        return refusal_line("only root may set \"" + name + "\" of this node, and user " +
                            std::to_string(requester.user) + " asks for it");
    }
    NodeSwitches changed = switches_;
    const bool was_on = changed.contains(request.which);
    if (request.to == SwitchRequest::Position::on) {
        changed.insert(request.which);
    } else {
        changed.erase(request.which);
    }
    try {
        constexpr mode_t mode = 0644;
        clusterdisc::replace_file(path_, to_text(changed) + '\n', mode);
    } catch (const std::system_error& error) {
        return refusal_line("\"" + name + "\" stays as it was: " + error.what());
    }
    switches_ = std::move(changed);
    return nlohmann::json{{"ok", true}, {"was", was_on ? "on" : "off"}}.dump() + '\n';
}

}  // namespace openmosix
