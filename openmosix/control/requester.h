// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace openmosix {

/// Who asks for something: the effective ids of a process. Initially nobody, who may do nothing.
struct Requester {
    uid_t user = static_cast<uid_t>(-1);
    gid_t group = static_cast<gid_t>(-1);
    /// Supplementary groups; at most max_groups.
    std::vector<gid_t> groups;

    bool operator==(const Requester&) const = default;
};

/// Requesters with more groups count as if they had only so many, so that a command with a requester fits into the
/// buffer of a socket.
inline constexpr std::size_t max_groups = 4096;

/// Who has connected to a listening socket of AF_UNIX, as the kernel says (SO_PEERCRED and SO_PEERGROUPS in unix(7)).
/// None on an error, which is in errno.
std::optional<Requester> requester_of(int connection);

/// Sets "uid", "gid" and "groups" of an object.
void add_requester(nlohmann::json& object, const Requester& requester);
/// The inverse, from any object: nobody when it does not say, in full, who it is.
Requester parse_requester(const nlohmann::json& object);

}  // namespace openmosix
