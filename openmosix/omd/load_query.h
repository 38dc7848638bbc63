// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "common/cluster_keys.h"
#include "common/node_id.h"
#include "control/node_load.h"

namespace openmosix {

/// One omd asks another how busy it is: 'Q', the handshake for this purpose, then one line (control/node_load.h) to the
/// one that asked, and the end. These block, so they are for children of omd. They throw std::runtime_error that names
/// the peer, and std::system_error.
inline constexpr const char* load_query_purpose = "omd status";

/// A connection that has come to this omd, and between whom it is.
struct IncomingConnection {
    int socket = -1;
    clusterdisc::NodeId own_node = 0;
    clusterdisc::NodeId peer_node = 0;
};

/// `speed`: of the processors of this node; `accepts`: whether guests may come here.
void answer_load_query(const IncomingConnection& connection, const clusterdisc::KeyRing& keys, std::uint32_t speed,
                       bool accepts);

/// Where a node can be asked.
struct LoadSource {
    clusterdisc::NodeId node = 0;
    std::string address;
    std::uint16_t port = 0;
};

NodeLoad ask_for_load(const LoadSource& source, clusterdisc::NodeId own_node, const clusterdisc::KeyRing& keys,
                      std::chrono::steady_clock::time_point deadline);

/// Tells a node that wants to send a process why not: takes part in the handshake as a supervisor does, so that only
/// members learn it. Takes over the connection.
void refuse_guest(const IncomingConnection& connection, const clusterdisc::KeyRing& keys, const std::string& reason);

}  // namespace openmosix
