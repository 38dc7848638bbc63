// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace clusterdisc {

/// What the kernel tells of a device over netlink: an action (add, remove, change …), and properties such as MODALIAS.
struct DeviceEvent {
    std::string action;
    std::map<std::string, std::string, std::less<>> properties;

    /// Empty when there is none of this name.
    [[nodiscard]] std::string property(std::string_view name) const;
};

/// A message of NETLINK_KOBJECT_UEVENT: "ACTION@DEVPATH" and lines NAME=VALUE, each with a zero byte at its end.
DeviceEvent parse_device_event(std::string_view message);

}  // namespace clusterdisc
