// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sodium.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "admission/mac_address.h"
#include "common/cluster_secret.h"

namespace clusterdisc {

/// The port of the serving node (UDP) at which a PC that was started over the network asks for the cluster key.
inline constexpr std::uint16_t admission_port = 5431;

/// One question and its answer belong together by this random number.
using AdmissionNonce = std::array<std::uint8_t, 16>;

/// A key pair that a client makes for itself at each boot.
struct AdmissionKeys {
    std::array<std::uint8_t, crypto_box_PUBLICKEYBYTES> public_key{};
    std::array<std::uint8_t, crypto_box_SECRETKEYBYTES> secret_key{};
};

struct AdmissionRequest {
    AdmissionNonce nonce{};
    MacAddress mac{};
    std::array<std::uint8_t, crypto_box_PUBLICKEYBYTES> public_key{};
};

/// A request fills this many bytes, so that no answer is larger than what it answers.
inline constexpr std::size_t admission_request_size = 160;
/// No reply is longer.
inline constexpr std::size_t max_admission_reply = 160;

enum class AdmissionStatus : std::uint8_t {
    /// The sealed cluster key follows.
    admitted = 0,
    /// Somebody has to admit this PC at the serving node.
    closed = 1,
    /// The serving node has no cluster key itself.
    no_key = 2,
};

struct AdmissionReply {
    AdmissionStatus status{};
    AdmissionNonce nonce{};
    /// Only with `admitted`.
    std::array<std::uint8_t, sizeof(ClusterKey) + crypto_box_SEALBYTES> sealed_key{};
};

/// | bytes | request                    | reply                                  |
/// |-------|----------------------------|----------------------------------------|
/// | 4     | `CDKQ`                     | `CDKA`                                 |
/// | 1     | version, 1                 | version, 1                             |
/// | 1     |                            | status                                 |
/// | 16    | nonce                      | the same nonce                         |
/// | 6     | MAC address of the client  |                                        |
/// | 32/80 | public key                 | with status 0: the sealed cluster key  |
/// | rest  | zeros up to 160 bytes      |                                        |
std::vector<std::uint8_t> encode(const AdmissionRequest& request);

/// None when it is no reply.
std::optional<AdmissionReply> parse_admission_reply(std::span<const std::uint8_t> bytes);

/// The cluster key in a reply; none when it was not sealed for these keys.
std::optional<ClusterKey> open_admission_reply(const AdmissionReply& reply, const AdmissionKeys& keys);

}  // namespace clusterdisc
