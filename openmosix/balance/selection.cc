// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/selection.h"

#include <algorithm>
#include <string_view>

namespace openmosix::balance {

bool matches(std::string_view pattern, std::string_view text) {
    // Where to go on when the characters after the last star do not match.
    std::size_t star = std::string_view::npos;
    std::size_t retry = 0;
    std::size_t at = 0;
    for (std::size_t next = 0; next < text.size();) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            retry = next;
        } else if (at < pattern.size() && pattern[at] == text[next]) {
            ++at;
            ++next;
        } else if (star != std::string_view::npos) {
            at = star + 1;
            next = ++retry;
        } else {
            return false;
        }
    }
    return std::ranges::all_of(pattern.substr(at), [](char character) { return character == '*'; });
}

bool SelectionList::has(const ProcessState& process) const {
    const auto is_command = [&](const std::string& pattern) { return matches(pattern, process.command); };
    const auto is_control_group = [&](const std::string& pattern) {
        return matches(pattern, process.control_group) || matches(pattern + "/*", process.control_group);
    };
    return users.contains(process.user) || std::ranges::any_of(commands, is_command) ||
           std::ranges::any_of(control_groups, is_control_group);
}

const char* to_text(StayReason reason) {
    switch (reason) {
        case StayReason::locked:
            return "it is locked";
        case StayReason::cant_move:
            return "it cannot move";
        case StayReason::system_service:
            return "it belongs to a system service";
        case StayReason::interactive:
            return "it serves its user at a terminal";
        case StayReason::of_root:
            return "it belongs to root";
        case StayReason::excluded:
            return "it is excluded";
        case StayReason::not_included:
            return "it is not on the list of what may move";
        case StayReason::node_stays:
            return "the node lets nothing leave (stay or lstay)";
        case StayReason::moved_lately:
            return "it was moved not long ago";
        case StayReason::too_young:
            return "it has used too little processor time yet";
        case StayReason::not_among_oldest:
            return "others have computed for longer, and a round looks at the oldest ones only";
        case StayReason::refused_before:
            return "its last move failed or did not last; it is looked at again later";
    }
    return "it stays";
}

std::optional<StayReason> permanent_stay_reason(const ProcessState& process, const NodeState& node,
                                                const Selection& selection) {
    if (process.lock == MoveLock::locked) {
        return StayReason::locked;
    }
    if (!process.cant_move.empty()) {
        return StayReason::cant_move;
    }
    if (process.id.home != node.node) {
        return std::nullopt;
    }
    if (process.kind == ProcessKind::system_service) {
        return StayReason::system_service;
    }
    if (process.kind == ProcessKind::interactive) {
        return StayReason::interactive;
    }
    if (process.user == 0 && selection.root == RootProcesses::stay) {
        return StayReason::of_root;
    }
    if (selection.excluded.has(process)) {
        return StayReason::excluded;
    }
    if (!selection.included.is_empty() && !selection.included.has(process)) {
        return StayReason::not_included;
    }
    return std::nullopt;
}

}  // namespace openmosix::balance
