// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "common/address.h"
#include "common/cluster_keys.h"
#include "common/node_id.h"

namespace openmosix {

/// What two peers say to each other before anything else, to prove that both have a key of the cluster. All numbers
/// are big-endian, all sizes fixed:
///
///     client   "CDomd", version (16 bits), nonce (32 bytes), number of key ids (8 bits), 2 key ids (32 bits each; one
///              that is not used is 0)
///     server   version (16 bits), verdict (8 bits), chosen key id (32 bits), nonce (32 bytes), proof (32 bytes)
///     client   proof (32 bytes)
///
/// A proof is the BLAKE2b hash (RFC 7693, 32 bytes), keyed with DerivedKeys::migration of the chosen key, of
///
///     role ("server" or "client") and purpose, each after its length (8 bits); version; chosen key id; number of key
///     ids and the key ids as the client sent them; the client's nonce; the server's nonce; of the client, then of the
///     server: node id (16 bits), IPv6 address (16 bytes; IPv4 as in RFC 4291, section 2.5.5.2), port (16 bits); the
///     session that the connection belongs to (32 bytes; zeros if it is one of its own)
///
/// so neither can be told what the other said, nor an earlier conversation be repeated, nor one for another purpose be
/// used, nor one be passed on by somebody between the two: each proves itself for the connection that it sees. A
/// session is the hash of the same with the role "session". Nothing that follows is protected: that is what om0 is for.
inline constexpr std::uint16_t handshake_version = 2;

inline constexpr std::size_t max_purpose = 255;

using Nonce = std::array<std::uint8_t, 32>;
using Proof = std::array<std::uint8_t, 32>;
/// Names a connection whose ends believe each other; only they know it.
using Session = std::array<std::uint8_t, 32>;
using HelloBytes = std::array<std::uint8_t, 48>;
using ReplyBytes = std::array<std::uint8_t, 71>;

/// One end of a connection as both ends see it: there is no address translation between nodes.
struct ConnectionEnd {
    clusterdisc::NodeId node = 0;
    clusterdisc::Endpoint endpoint;
};

/// What both ends must know alike of a connection before the first byte.
struct ChannelBinding {
    std::string purpose;
    ConnectionEnd client;
    ConnectionEnd server;
    /// Of the connection that this one belongs to.
    Session session{};
};

/// Why the peer is not believed, in words that can be shown.
class HandshakeRefused : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The client's side. Refers to `keys`, which must live longer.
class ClientHandshake {
public:
    /// `nonce` must be random and never used before. Throws std::invalid_argument when the purpose is longer than
    /// max_purpose.
    ClientHandshake(const clusterdisc::KeyRing& keys, ChannelBinding binding, const Nonce& nonce);

    [[nodiscard]] HelloBytes hello() const;
    /// Our proof, when the server's is right. Throws HandshakeRefused when it is not.
    [[nodiscard]] Proof prove(const ReplyBytes& reply);
    /// After prove().
    [[nodiscard]] const Session& session() const { return session_; }

private:
    const clusterdisc::KeyRing& keys_;
    ChannelBinding binding_;
    Nonce nonce_;
    Session session_{};
};

/// The server's side. Refers to `keys`, which must live longer.
class ServerHandshake {
public:
    /// As ClientHandshake().
    ServerHandshake(const clusterdisc::KeyRing& keys, ChannelBinding binding, const Nonce& nonce);

    /// What to answer, also when the client is refused: then with the reason and without a proof. Throws
    /// HandshakeRefused when it is no hello at all, and nothing should be answered.
    [[nodiscard]] ReplyBytes reply(const HelloBytes& bytes);
    /// Throws HandshakeRefused when the proof is not right, or when the client was refused before.
    void check(const Proof& proof) const;
    /// Throws HandshakeRefused when the last reply was a refusal; then there will be no proof.
    void check_reply() const;
    /// After check().
    [[nodiscard]] const Session& session() const { return session_; }

private:
    const clusterdisc::KeyRing& keys_;
    ChannelBinding binding_;
    Nonce nonce_;
    Session session_{};
    /// Empty: not refused.
    std::string refusal_ = "it has not said hello";
    Proof expected_{};
};

}  // namespace openmosix
