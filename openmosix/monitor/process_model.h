// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "common/node_id.h"
#include "monitor/process_sample.h"

namespace openmosix::monitor {

/// A process of this machine, as it is shown.
struct ProcessFacts {
    /// A process that never was away is `here`; the others as mps(1) has them.
    enum class Place : std::uint8_t { here, moving, away, home, guest, lost };
    ProcessKey key;
    std::string name;
    std::string user;
    clusterdisc::NodeId home = 0;
    /// Of a guest, its number at home.
    std::uint64_t home_pid = 0;
    clusterdisc::NodeId node = 0;
    Place place = Place::here;
    std::uint64_t moves = 0;
    /// Why it cannot move or why it came home: a word, a colon and an explanation; empty: nothing is known.
    std::string reason;
    /// How long it has been on its node.
    std::uint64_t seconds_there = 0;
    /// Of processors, on all nodes as far as is known.
    std::uint64_t used_milliseconds = 0;
    /// What it uses now; 100 is one processor.
    double percent = 0;
};

/// Of a list of processes, which comes first.
enum class ProcessOrder : std::uint8_t { processor_use, processor_time, node, user, pid };
const char* name_of(ProcessOrder order);

/// The processes of this machine: what omd says of those that are or were away and of guests, and what /proc says.
class ProcessModel {
public:
    struct Moment {
        /// The id of this node; 0: none.
        clusterdisc::NodeId own = 0;
        /// By CLOCK_BOOTTIME.
        std::uint64_t milliseconds = 0;
        std::uint64_t ticks_per_second = 100;
        /// Whether the processor time in /proc has what was used on other nodes.
        bool has_time_of_all_nodes = false;
    };

    /// `list`: omd's answer to ListRequest, which may be any object. Of `samples` each process has one.
    void take(const nlohmann::json& list, std::span<const ProcessSample> samples, const Moment& moment);

    /// In order; `only_moved` leaves out those that are here and never were away.
    [[nodiscard]] std::vector<ProcessFacts> sorted(ProcessOrder order, bool only_moved) const;

private:
    /// What was used of processors when that was last seen to grow.
    struct Usage {
        std::uint64_t milliseconds = 0;
        std::uint64_t when = 0;
        double percent = 0;
    };

    void measure(ProcessFacts& facts, const Moment& moment);

    std::vector<ProcessFacts> processes_;
    std::map<ProcessKey, Usage> usage_;
};

}  // namespace openmosix::monitor
