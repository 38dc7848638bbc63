// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/node_id.h"

/// The records of /dev/openmosix, between omd and our kernel: docs/openmosix-interface.md has their layout, which
/// include/uapi/linux/openmosix.h of the kernel defines.
namespace openmosix::kernel {

using Record = std::vector<std::uint8_t>;

/// A process of this node: its pid and when it started (field 22 of /proc/PID/stat), so that it is not taken for a
/// later one with the same pid.
struct Process {
    pid_t pid = 0;
    std::uint64_t start_time = 0;

    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the comparison with 0 that the compiler makes for ours
    auto operator<=>(const Process&) const = default;
};

/// The files in /proc/hpc/admin that omd gives their content.
enum class AdminFile : std::uint8_t {
    mospe,
    block,
    bring,
    expel,
    stay,
    lstay,
    quiet,
    nomfs,
    gateways,
    speed,
    loadlimit,
    cpulimit,
    decay_interval,
    slow_decay,
    fast_decay,
    overheads,
    mfscosts,
};
inline constexpr std::size_t admin_files = 17;

/// Somebody has written to a file of the interface. The kernel has checked that they may.
struct Request {
    enum class Kind : std::uint8_t {
        /// To /proc/PID/goto or migrate.
        move,
        /// To a file in /proc/hpc/admin.
        admin,
    };
    Kind kind = Kind::move;
    std::uint64_t sequence = 0;
    /// The process to be moved.
    Process target;
    Process writer;
    uid_t user = 0;
    gid_t group = 0;
    AdminFile file = AdminFile::mospe;
    /// A node, 0 for home, -1 for the best one; or what was written to the file in admin.
    std::int64_t value = 0;

    bool operator==(const Request&) const = default;
};

inline constexpr std::size_t request_size = 256;

/// From any bytes; none when they are no request of a version that we know.
std::optional<Request> parse_request(std::span<const std::uint8_t> bytes);
/// The sequence number of a record of which nothing else may be known; none when it is no request at all.
std::optional<std::uint64_t> sequence_of(std::span<const std::uint8_t> bytes);

/// What /proc/PID/{where,nmigs,cantmove} of a process of this node say.
struct ProcessState {
    /// 0: at home.
    clusterdisc::NodeId where = 0;
    /// None: as many as it says already.
    std::optional<std::uint32_t> moves;
    /// Lines of printable ASCII; what is something else becomes a question mark.
    std::string reasons;

    bool operator==(const ProcessState&) const = default;
};

/// What the files of a node in /proc/hpc/nodes say.
struct NodeValues {
    bool is_up = false;
    std::int64_t load = 0;
    std::int64_t speed = 0;
    std::int64_t processors = 0;
    /// Percent.
    std::int64_t utilizability = 0;
    /// In pages of 4096 bytes.
    std::int64_t free_memory = 0;
    std::int64_t total_memory = 0;

    bool operator==(const NodeValues&) const = default;
};

/// A process of another node that runs here.
struct Guest {
    clusterdisc::NodeId home = 0;
    pid_t pid_at_home = 0;
    /// One line, as ProcessState::reasons.
    std::string identity;

    bool operator==(const Guest&) const = default;
};

/// Ends the wait for the answer to a request: 0 for success, or an errno.
Record answer_record(std::uint64_t sequence, int error);
/// Reasons that do not fit are cut off.
Record process_record(const Process& process, const ProcessState& state);
/// Nanoseconds of processors of other nodes that the process has used since the last such record.
Record processor_time_record(const Process& process, std::uint64_t user, std::uint64_t system);
/// Of a file with a number: all but overheads and mfscosts.
Record admin_record(AdminFile file, std::int64_t value);
Record node_record(clusterdisc::NodeId node, const NodeValues& values);
Record node_removal(clusterdisc::NodeId node);
Record guest_record(const Process& body, const Guest& guest);
Record guest_removal(const Process& body);

}  // namespace openmosix::kernel
