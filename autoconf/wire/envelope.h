// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "common/cluster_keys.h"
#include "wire/message.h"

namespace clusterdisc {

/// A sealed datagram: `OMDC`, version (1 byte), id of the key (4 bytes), nonce (24 random bytes), then the message
/// encrypted and authenticated by XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), all before it being authenticated,
/// too. Random nonces of 24 bytes may be used without a counter for as many messages as there will ever be.
inline constexpr std::size_t envelope_overhead = 4 + 1 + 4 + 24 + 16;
inline constexpr std::size_t max_message = max_datagram - envelope_overhead;
inline constexpr std::uint8_t envelope_version = 1;

/// Encodes the message and seals it with the first key. Throws std::logic_error when encode() does or when the message
/// takes more than max_message bytes.
std::vector<std::uint8_t> seal(const Message& message, const KeyRing& keys);

/// Why a datagram was not opened.
enum class Refusal : std::uint8_t {
    /// Not ours at all.
    garbage,
    /// Another version of ClusterDisc.
    other_version,
    /// Sealed with a key that we do not have: another cluster, or a wrong clusterkey=.
    other_key,
    /// Our key's name, but changed on the way or made by somebody without the key.
    forged,
    /// Sealed correctly, but no message.
    malformed,
};
inline constexpr std::size_t refusals = 5;
/// In words, for the log.
const char* to_text(Refusal refusal);

/// The message, or why there is none.
struct Opened {
    std::optional<Message> message;
    /// Means something only without a message.
    Refusal refusal = Refusal::garbage;
};

/// Opens what seal() made with any of the keys. Takes any input, never throws because of it; safe in any thread.
Opened open_envelope(std::span<const std::uint8_t> datagram, const KeyRing& keys);

}  // namespace clusterdisc
