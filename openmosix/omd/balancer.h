// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/cluster_keys.h"
#include "common/event_loop.h"
#include "common/file_descriptor.h"
#include "common/node_id.h"
#include "omd/child_processes.h"
#include "omd/load_query.h"

namespace openmosix {

/// Asks nodes how busy they are, and chooses one for a process. That is done in children, so that omd itself never
/// waits.
class Balancer {
public:
    struct Question {
        /// Other nodes that may be chosen.
        std::vector<LoadSource> candidates;
        clusterdisc::NodeId own_node = 0;
        /// Of this node's processors.
        std::uint32_t own_speed = 0;
        /// Whether home may be chosen, too.
        bool may_be_home = true;
        /// Where the process is now.
        clusterdisc::NodeId place = 0;
        /// What it needs, in kB.
        std::uint64_t memory_kb = 0;
    };
    /// A node, or why there is none.
    using Answer = std::variant<clusterdisc::NodeId, std::string>;

    Balancer(sd_event* event, ChildProcesses& children);

    /// `on_answer` is called later. Throws std::system_error when there can be no child.
    void ask(const Question& question, const clusterdisc::KeyRing& keys, std::function<void(const Answer&)> on_answer);

    /// How busy one node is, which is this one when `source` has no address; `own_speed` is this node's. `on_load` is
    /// called later, with nothing when the node does not answer. Throws std::system_error when there can be no child.
    void ask_load(const LoadSource& source, clusterdisc::NodeId own_node, std::uint32_t own_speed,
                  const clusterdisc::KeyRing& keys, std::function<void(const std::optional<NodeLoad>&)> on_load);

    /// So many nodes are asked at most, chosen at random: as in openMosix, a part of the cluster is enough to find a
    /// node that is good, and in a large one all would be too many.
    static constexpr std::size_t max_asked = 24;

private:
    struct Pending {
        clusterdisc::FileDescriptor socket;
        clusterdisc::EventSource readable;
    };
    using OnText = std::function<void(const std::string& text)>;
    /// Calls `work` in a child, and later `on_text` with what it returned; empty when it threw.
    void start(std::function<std::string()> work, OnText on_text);
    void take_text(std::uint64_t number, const OnText& on_text);

    sd_event* event_;
    ChildProcesses& children_;
    std::uint64_t last_number_ = 0;
    std::map<std::uint64_t, Pending> pending_;
};

}  // namespace openmosix
