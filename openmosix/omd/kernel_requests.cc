// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/kernel_requests.h"

#include <cerrno>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

#include "common/node_map.h"
#include "control/authority.h"
#include "control/client.h"
#include "control/node_list.h"
#include "control/process_list.h"
#include "freeze/cant_move.h"
#include "procfs/process_stat.h"
#include "procfs/process_status.h"

namespace openmosix {

namespace {

using clusterdisc::NodeId;
using kernel::AdminFile;

const Requester root{.user = 0, .group = 0, .groups = {}};

bool is_there(const kernel::Process& process) {
    const auto stat = find_process_stat(process.pid);
    return stat && stat->start_time == process.start_time;
}

/// With the groups that the writer has now. When it has ended meanwhile, as it may that does not wait for the answer,
/// those of the target count: the kernel has looked at the writer's rights as for ptrace(2).
Requester requester_of(const kernel::Request& request) {
    const pid_t pid = is_there(request.writer) ? request.writer.pid : request.target.pid;
    const auto status = find_process_status(pid);
    return {.user = request.user,
            .group = request.group,
            .groups = status ? status->supplementary_groups : std::vector<gid_t>()};
}

bool has_reason_to_stay(pid_t pid) {
    try {
        return !reasons_to_stay(pid).empty();
    } catch (const std::runtime_error&) {
        // It has ended.
        return false;
    }
}

int error_of(const std::string& line, const kernel::Process& process) {
    const auto answer = parse_answer(line).value_or(nlohmann::json{{"ok", false}});
    if (answer["ok"].get<bool>()) {
        return 0;
    }
    if (answer.value("pending", false)) {
        return EINPROGRESS;
    }
    if (!is_there(process)) {
        return ESRCH;
    }
    return has_reason_to_stay(process.pid) ? EOPNOTSUPP : ECONNREFUSED;
}

}  // namespace

void KernelRequests::take(const kernel::Request& request, const Answer& answer) {
    if (request.kind == kernel::Request::Kind::move) {
        move(request, answer);
    } else {
        set(request, answer);
    }
}

int KernelRequests::objection_to(const kernel::Request& request, const Requester& requester) const {
    const pid_t pid = request.target.pid;
    const auto own = surroundings_.membership.node();
    if (!is_there(request.target)) {
        return ESRCH;
    }
    if (!openmosix::objection_to(requester, pid).empty()) {
        return EPERM;
    }
    if (!own) {
        return ENETUNREACH;
    }
    if (request.value <= 0 || request.value == *own) {
        return 0;
    }
    const auto node = static_cast<NodeId>(request.value);
    if (!clusterdisc::address_in_map(surroundings_.membership.entries(), node)) {
        return EHOSTUNREACH;
    }
    const auto allowed = surroundings_.hints.hints_of(pid).nodes.value_or(std::vector<NodeRange>());
    return allowed.empty() || contains(allowed, node) ? 0 : EACCES;
}

void KernelRequests::move(const kernel::Request& request, const Answer& answer) {
    const Requester requester = requester_of(request);
    int objection = ESRCH;
    try {
        objection = objection_to(request, requester);
    } catch (const std::runtime_error&) {
        // It has ended while we looked at it.
    }
    if (objection != 0) {
        answer(objection);
        return;
    }
    constexpr std::int64_t best_node = -1;
    MoveRequest move;
    move.pid = request.target.pid;
    move.to = request.value == best_node ? "balance" : request.value == 0 ? "home" : std::to_string(request.value);
    surroundings_.mover.move(
        move, requester, clusterdisc::FileDescriptor(),
        [answer, process = request.target](const std::string& line) { answer(error_of(line, process)); });
}

void KernelRequests::set(const kernel::Request& request, const Answer& answer) {
    const bool is_on = request.value != 0;
    switch (request.file) {
        case AdminFile::block:
            set_switch(NodeSwitch::block, is_on, answer);
            return;
        case AdminFile::stay:
            set_switch(NodeSwitch::stay, is_on, answer);
            return;
        case AdminFile::lstay:
            set_switch(NodeSwitch::lstay, is_on, answer);
            return;
        case AdminFile::quiet:
            set_switch(NodeSwitch::quiet, is_on, answer);
            return;
        case AdminFile::bring:
        case AdminFile::expel:
            if (is_on) {
                send_home(request.file == AdminFile::bring ? Whose::own : Whose::guests, answer);
            } else {
                answer(0);
            }
            return;
        case AdminFile::speed:
            answer(surroundings_.automatic.override_speed(request.value) ? 0 : EINVAL);
            return;
        case AdminFile::overheads:
        case AdminFile::mfscosts:
            answer(EOPNOTSUPP);
            return;
        default:
            answer(surroundings_.value_of(request.file) == request.value ? 0 : EOPNOTSUPP);
    }
}

void KernelRequests::set_switch(NodeSwitch which, bool is_on, const Answer& answer) {
    const SwitchRequest request{.which = which,
                                .to = is_on ? SwitchRequest::Position::on : SwitchRequest::Position::off};
    const auto result = parse_answer(surroundings_.steering.set(request, root));
    answer(result && (*result)["ok"].get<bool>() ? 0 : EIO);
}

void KernelRequests::send_home(Whose whose, const Answer& answer) {
    struct Progress {
        std::size_t under_way = 0;
        bool has_failed = false;
    };
    const auto progress = std::make_shared<Progress>();
    const auto end_one = [progress, answer] {
        if (--progress->under_way == 0) {
            answer(progress->has_failed ? EBUSY : 0);
        }
    };
    const std::string folder = surroundings_.run_folder + (whose == Whose::own ? "/processes" : "/guests");
    // One more, so that the answer comes when all have been asked for.
    ++progress->under_way;
    for (const nlohmann::json& state : read_process_list(folder, true)) {
        MoveRequest move;
        move.pid = state["pid"].get<pid_t>();
        move.to = "home";
        ++progress->under_way;
        surroundings_.mover.move(move, root, clusterdisc::FileDescriptor(),
                                 [progress, end_one](const std::string& line) {
                                     const auto result = parse_answer(line);
                                     progress->has_failed |= !result || !(*result)["ok"].get<bool>();
                                     end_one();
                                 });
    }
    end_one();
}

}  // namespace openmosix
