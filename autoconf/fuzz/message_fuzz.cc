// SPDX-License-Identifier: GPL-2.0-or-later
//
// libFuzzer target: any bytes as a message. What is accepted has no other encoding, and its size is predicted.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "common/fuzz/require.h"
#include "wire/message_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span bytes(data, size);
    const auto message = clusterdisc::decode(bytes);
    if (!message) {
        return 0;
    }
    require(std::ranges::equal(clusterdisc::encode(*message), bytes));
    std::size_t predicted = clusterdisc::encoded_size_without_rumours(*message);
    for (const clusterdisc::Rumour& rumour : message->rumours) {
        predicted += clusterdisc::encoded_size(rumour);
    }
    require(predicted == size);
    return 0;
}
