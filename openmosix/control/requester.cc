// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/requester.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

namespace openmosix {

namespace {

/// None unless it is a number of 32 bits.
std::optional<std::uint32_t> to_id(const nlohmann::json& json) {
    const bool is_id = json.is_number_unsigned() && json.get<std::uint64_t>() <= UINT32_MAX;
    return is_id ? std::optional(json.get<std::uint32_t>()) : std::nullopt;
}

std::optional<std::vector<gid_t>> groups_of(int connection) {
    std::vector<gid_t> groups(max_groups);
    auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    int status = ::getsockopt(connection, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size);
    if (status != 0 && errno == ERANGE) {
        // Now it says how many bytes it needs.
        groups.resize(size / sizeof(gid_t));
        status = ::getsockopt(connection, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size);
    }
    if (status != 0) {
        return std::nullopt;
    }
    groups.resize(std::min(size / sizeof(gid_t), max_groups));
    return groups;
}

}  // namespace

std::optional<Requester> requester_of(int connection) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
        return std::nullopt;
    }
    auto groups = groups_of(connection);
    if (!groups) {
        return std::nullopt;
    }
    return Requester{credentials.uid, credentials.gid, *std::move(groups)};
}

void add_requester(nlohmann::json& object, const Requester& requester) {
    object["uid"] = requester.user;
    object["gid"] = requester.group;
    object["groups"] = requester.groups;
}

Requester parse_requester(const nlohmann::json& object) {
    if (!object.is_object() || !object.contains("uid") || !object.contains("gid") || !object.contains("groups") ||
        !object["groups"].is_array() || object["groups"].size() > max_groups) {
        return {};
    }
    const auto user = to_id(object["uid"]);
    const auto group = to_id(object["gid"]);
    if (!user || !group) {
        return {};
    }
    Requester requester{*user, *group, {}};
    for (const nlohmann::json& each : object["groups"]) {
        const auto supplementary = to_id(each);
        if (!supplementary) {
            return {};
        }
        requester.groups.push_back(*supplementary);
    }
    return requester;
}

}  // namespace openmosix
