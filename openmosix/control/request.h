// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "common/node_id.h"
#include "control/move_hints.h"
#include "control/node_switches.h"

namespace openmosix {

/// What the tools ask of omd, over RUN/omd.sock: one JSON object in a line, which one line answers,
///
///     {"request":"migrate","pid":4711,"to":"2","at":"now"}       ("to": a node id, "home", "balance" or "file";
///                                                                 "at": "now", which is meant without it, or "exec")
///     {"request":"migrate","pid":4711,"to":"balance","among":"1-4,7"}
///     {"request":"migrate","pid":4711,"to":"file","file":"/srv/4711.image"}    (with the open file, SCM_RIGHTS)
///     {"request":"list"}
///     {"request":"status"}
///     {"request":"nodes"}                             (the answer has "nodes", a list as in omd/node_report.h)
///     {"request":"why","pid":4711}                                (without "pid": about all nodes)
///     {"request":"load","node":2}                     (the answer has "load", an object as in control/node_load.h)
///     {"request":"hint","pid":4711,"lock":"on","job":"cpu","decay":"slow","nodes":"1-4"}  (each may be missing; the
///                                                     answer has what counts now: control/move_hints.h)
///     {"request":"speed","speed":10000}                       (of a processor of this node: balance/yardstick.h)
///     {"request":"set","switch":"block","to":"on"}            ("switch": a name_of(NodeSwitch); "to": "on" or "off")
///     {"request":"time","pid":4711,"start":123456,"user":1000000,"system":2000000}            (ProcessorTimeRequest;
///                                                     the answer has "counted": whether the kernel counts it)
///
/// answered by {"ok":true,...} or {"ok":false,"reason":"..."}. Other keys are skipped. A refusal has "pending":true
/// when what was asked for still goes on, and only waiting for it was given up.
struct MoveRequest {
    pid_t pid = 0;
    std::string to;
    /// An absolute path; with "file" only.
    std::string file;
    /// Node ids as parse_node_list() takes them, of which "balance" chooses one; empty: all.
    std::string among;
    /// Not before the process starts a program.
    bool at_exec = false;

    bool operator==(const MoveRequest&) const = default;
};
struct ListRequest {
    bool operator==(const ListRequest&) const = default;
};
struct StatusRequest {
    bool operator==(const StatusRequest&) const = default;
};
/// What the node knows of all nodes.
struct NodesRequest {
    bool operator==(const NodesRequest&) const = default;
};
/// Why a process moves or stays.
struct WhyRequest {
    /// 0: what the node thinks of all nodes.
    pid_t pid = 0;

    bool operator==(const WhyRequest&) const = default;
};
/// How busy a node is.
struct LoadRequest {
    clusterdisc::NodeId node = 0;

    bool operator==(const LoadRequest&) const = default;
};
/// What a process is to be moved for, and whether; without hints, what counts for it.
struct HintRequest {
    pid_t pid = 0;
    MoveHints hints;

    bool operator==(const HintRequest&) const = default;
};
struct SwitchRequest {
    enum class Position : std::uint8_t { off, on };
    NodeSwitch which = NodeSwitch::stay;
    Position to = Position::off;

    bool operator==(const SwitchRequest&) const = default;
};
/// That the node counts as so fast (balance/yardstick.h) from now on.
struct SpeedRequest {
    std::uint32_t speed = 0;

    bool operator==(const SpeedRequest&) const = default;
};
/// What a process has used of processors on other nodes since the last such request, for the kernel to count as its
/// own. Supervisors ask this, and only root may.
struct ProcessorTimeRequest {
    pid_t pid = 0;
    /// Field 22 of /proc/PID/stat.
    std::uint64_t start_time = 0;
    /// Nanoseconds.
    std::uint64_t user = 0;
    std::uint64_t system = 0;

    bool operator==(const ProcessorTimeRequest&) const = default;
};
/// None of them, and why.
struct BadRequest {
    std::string reason;

    bool operator==(const BadRequest&) const = default;
};
using Request = std::variant<MoveRequest, ListRequest, StatusRequest, NodesRequest, WhyRequest, LoadRequest,
                             HintRequest, SwitchRequest, SpeedRequest, ProcessorTimeRequest, BadRequest>;

/// No request is longer, in bytes.
inline constexpr std::size_t max_request = std::size_t{64} << 10U;

/// Takes any bytes.
Request parse_request(std::string_view line);

/// The inverse of parse_request(), with a line end.
std::string to_line(const MoveRequest& request);
std::string to_line(const ListRequest& request);
std::string to_line(const StatusRequest& request);
std::string to_line(const NodesRequest& request);
std::string to_line(const WhyRequest& request);
std::string to_line(const LoadRequest& request);
std::string to_line(const HintRequest& request);
std::string to_line(const SwitchRequest& request);
std::string to_line(const SpeedRequest& request);
std::string to_line(const ProcessorTimeRequest& request);

/// Answers, each a line. A reason may be any bytes.
std::string refusal_line(std::string_view reason);
std::string pending_line(std::string_view reason);
std::string success_line();
/// Of a ProcessorTimeRequest.
std::string counted_line(bool is_counted);

}  // namespace openmosix
