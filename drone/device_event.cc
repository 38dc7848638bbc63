// SPDX-License-Identifier: GPL-2.0-or-later
#include "device_event.h"

#include <algorithm>

namespace clusterdisc {

std::string DeviceEvent::property(std::string_view name) const {
    const auto found = properties.find(name);
    return found == properties.end() ? std::string() : found->second;
}

DeviceEvent parse_device_event(std::string_view message) {
    DeviceEvent event;
    while (!message.empty()) {
        const std::string_view line = message.substr(0, message.find('\0'));
        message.remove_prefix(std::min(line.size() + 1, message.size()));
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos) {
            continue;
        }
        event.properties.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
    event.action = event.property("ACTION");
    return event;
}

}  // namespace clusterdisc
