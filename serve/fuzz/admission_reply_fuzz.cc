// SPDX-License-Identifier: GPL-2.0-or-later
//
// Replies about the cluster key, which anybody on the wire can send.
#include <cstddef>
#include <cstdint>
#include <span>

#include "admission/admission_message.h"
#include "common/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const bool is_ready = ::sodium_init() >= 0;
    require(is_ready);
    const auto reply = clusterdisc::parse_admission_reply(std::span(data, size));
    require(!reply || size <= clusterdisc::max_admission_reply);
    if (reply) {
        // Nobody has sealed anything for these keys.
        require(!clusterdisc::open_admission_reply(*reply, clusterdisc::AdmissionKeys{}));
    }
    return 0;
}
