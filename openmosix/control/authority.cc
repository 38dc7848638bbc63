// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/authority.h"

#include <sys/stat.h>

#include <algorithm>

namespace openmosix {

namespace {

/// Empty when it has no rights that the requester lacks.
std::string missing_right(const Requester& requester, const ProcessStatus& process) {
    const uid_t owner = process.users[1];
    if (owner != requester.user) {
        return "it belongs to user " + std::to_string(owner);
    }
    const auto* const other_user = std::ranges::find_if(process.users, [&](uid_t user) { return user != owner; });
    if (other_user != process.users.end()) {
        return "one of its user ids is " + std::to_string(*other_user) + ", as of a set-user-id program";
    }
    const auto* const other_group =
        std::ranges::find_if(process.groups, [&](gid_t group) { return group != requester.group; });
    if (other_group != process.groups.end()) {
        return "one of its group ids is " + std::to_string(*other_group) +
               ", as of a set-group-id program, and the request's is " + std::to_string(requester.group);
    }
    for (const gid_t group : process.supplementary_groups) {
        if (group != requester.group && std::ranges::find(requester.groups, group) == requester.groups.end()) {
            return "it is in group " + std::to_string(group) + ", where the requester is not";
        }
    }
    if (std::ranges::any_of(process.capabilities, [](BitSet set) { return set != 0; })) {
        return "it has capabilities (capabilities(7))";
    }
    return {};
}

}  // namespace

bool is_closed_to_owner(pid_t pid, uid_t owner) {
    // Its files in /proc are root's then (proc(5)).
    struct stat status {};
    return ::stat(("/proc/" + std::to_string(pid) + "/status").c_str(), &status) != 0 || status.st_uid != owner;
}

std::string objection_to(const Requester& requester, const ProcessStatus& process, bool is_closed) {
    if (requester.user == 0) {
        return {};
    }
    std::string reason = missing_right(requester, process);
    if (reason.empty() && is_closed) {
        reason = "its memory is closed to its owner (PR_SET_DUMPABLE in prctl(2))";
    }
    return reason.empty()
               ? reason
               : "user " + std::to_string(requester.user) + " may not move it: " + reason + "; only root may";
}

std::string objection_to(const Requester& requester, pid_t pid) {
    const ProcessStatus process = read_process_status(pid);
    return objection_to(requester, process, is_closed_to_owner(pid, process.users[1]));
}

}  // namespace openmosix
