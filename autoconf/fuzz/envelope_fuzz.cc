// SPDX-License-Identifier: GPL-2.0-or-later
//
// libFuzzer target: any bytes as a sealed datagram; and, when they are a message, sealed and opened again, whole and
// with one byte changed.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/fuzz/require.h"
#include "wire/envelope.h"
#include "wire/message_codec.h"

namespace {

const clusterdisc::KeyRing& keys() {
    static const std::array<clusterdisc::ClusterSecret, 1> secrets = {clusterdisc::ClusterKey{1}};
    static const clusterdisc::KeyRing ring(secrets, "omcluster");
    return ring;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span bytes(data, size);
    if (const auto opened = clusterdisc::open_envelope(bytes, keys()); opened.message) {
        require(clusterdisc::encode(*opened.message).size() + clusterdisc::envelope_overhead == size);
    }
    const auto message = clusterdisc::decode(bytes);
    if (!message || size > clusterdisc::max_message) {
        return 0;
    }
    std::vector<std::uint8_t> datagram = clusterdisc::seal(*message, keys());
    const auto opened = clusterdisc::open_envelope(datagram, keys());
    require(opened.message && clusterdisc::encode(*opened.message) == clusterdisc::encode(*message));
    // Somewhere else for each input, and always a change.
    datagram[message->sequence % datagram.size()] ^= static_cast<std::uint8_t>(1U << message->echo % 8);
    require(!clusterdisc::open_envelope(datagram, keys()).message);
    return 0;
}
