// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <stdexcept>
#include <string_view>

#include "common/cluster_keys.h"
#include "common/node_id.h"
#include "peer/handshake_messages.h"

namespace openmosix {

/// The peer is not believed.
class NotAuthenticated : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// What the connections of a migration are for.
inline constexpr std::string_view migration_purpose = "migration";
inline constexpr std::string_view pages_purpose = "pages";

/// What the ends of a connection know of it besides its addresses.
struct PeerConnection {
    std::string_view purpose;
    clusterdisc::NodeId own_node = 0;
    clusterdisc::NodeId peer_node = 0;
    /// Of the connection that this one belongs to; zeros if it is one of its own.
    Session session{};
};

/// Both ends of a connected TCP socket prove to each other that they have a key of the cluster, that they are these
/// nodes, that the connection is between these addresses, and what it is for (what they say: handshake_messages.h).
/// Each end calls one of these before it reads anything else; not a byte that follows is taken. The socket may be
/// blocking or not, and stays as it is. The session is the same at both ends, and nobody else knows it.
///
/// Throws NotAuthenticated, as `peer 10.77.0.2:723: what is wrong and what to do`, when the peer is not believed or
/// not done by the deadline, and when the connection ends; then nothing is left but to close it. A client that is done
/// does not know yet whether the server believes it: if not, the connection ends. Throws std::invalid_argument when the
/// purpose is longer than max_purpose.
Session authenticate_as_client(int socket, const clusterdisc::KeyRing& keys, const PeerConnection& connection,
                               std::chrono::steady_clock::time_point deadline);
Session authenticate_as_server(int socket, const clusterdisc::KeyRing& keys, const PeerConnection& connection,
                               std::chrono::steady_clock::time_point deadline);

}  // namespace openmosix
