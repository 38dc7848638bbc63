// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <string_view>

#include "common/cluster_keys.h"

namespace openmosix {

/// Both ends of a connected stream socket prove to each other that they have a key of the cluster, and that the
/// connection is for the same purpose (what they say: handshake_messages.h). Each end calls one of these before it
/// reads anything else; not a byte that follows is taken. The socket may be blocking or not, and stays as it is.
///
/// Throws std::runtime_error, as `peer 10.77.0.2:5430: what is wrong and what to do`, when the peer is not believed or
/// not done by the deadline, and when the connection ends; then nothing is left but to close it. A client that is done
/// does not know yet whether the server believes it: if not, the connection ends. Throws std::invalid_argument when the
/// purpose is longer than longest_purpose.
void authenticate_as_client(int socket, const clusterdisc::KeyRing& keys, std::string_view purpose,
                            std::chrono::steady_clock::time_point deadline);
void authenticate_as_server(int socket, const clusterdisc::KeyRing& keys, std::string_view purpose,
                            std::chrono::steady_clock::time_point deadline);

}  // namespace openmosix
