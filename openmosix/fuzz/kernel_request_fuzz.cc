// SPDX-License-Identifier: GPL-2.0-or-later
//
// libFuzzer target: any bytes as a request of the kernel, and as the mask of nodes of a process. A mask that is taken
// is written and read again, and must be the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "common/fuzz/require.h"
#include "kernel_interface/process_settings.h"
#include "kernel_interface/records.h"

namespace {

using namespace openmosix;

void take_mask(const kernel::NodeMask& mask) {
    const auto allowed = kernel::allowed_nodes(mask);
    if (allowed && allowed->size() <= kernel::max_mask_ranges) {
        require(kernel::allowed_nodes(kernel::to_mask(*allowed)) == allowed);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span bytes(data, size);
    for (std::size_t at = 0; at < size; at += kernel::request_size) {
        const auto record = bytes.subspan(at, std::min(kernel::request_size, size - at));
        if (const auto request = kernel::parse_request(record)) {
            require(kernel::sequence_of(record) == request->sequence);
        }
    }
    const std::string text(data, data + size);
    for (const char* policy : {"0", "1"}) {
        take_mask({.filter = "1", .policy = policy, .nodes = text});
    }
    return 0;
}
