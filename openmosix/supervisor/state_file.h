// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "peer/used_time.h"
#include "supervisor/departure_costs.h"

namespace openmosix {

/// What a supervisor says about its process, for `mps` and for omd: one JSON object in a file of its own, which goes
/// with the supervisor. `since` is the second of CLOCK_BOOTTIME at which it has come to its node. `supervisor` and
/// `supervisor_start` (field 22 of /proc/PID/stat) tell whether it lives.
class StateFile {
public:
    /// `folder` is RUN/processes or RUN/guests.
    StateFile(const std::string& folder, pid_t pid);
    StateFile(const StateFile&) = delete;
    StateFile& operator=(const StateFile&) = delete;
    StateFile(StateFile&&) = delete;
    StateFile& operator=(StateFile&&) = delete;
    ~StateFile();

    struct State {
        std::string name;
        std::uint32_t uid = 0;
        std::uint32_t home = 0;
        std::uint32_t home_pid = 0;
        std::uint32_t node = 0;
        /// moving, away, home, guest.
        std::string state;
        std::string reason;
        std::uint64_t moves = 0;
        std::uint64_t calls = 0;
        /// What a process whose home is here has used on all other nodes, as far as is known; none of a guest.
        std::optional<UsedTime> elsewhere;
        /// What the last departure cost of a process whose home is here.
        DepartureCosts costs;
    };
    /// Where it cannot be written (RUN is full) there is none; the log says so once. What is true of the process does
    /// not depend on it.
    void write(const State& state) noexcept;

private:
    void replace(const std::string& content);

    [[nodiscard]] std::uint64_t since(const State& state);

    std::string folder_;
    std::string path_;
    pid_t pid_;
    bool has_failed_ = false;
    /// Where the process is, and since when.
    std::uint32_t node_ = 0;
    std::uint64_t since_ = 0;
};

}  // namespace openmosix
