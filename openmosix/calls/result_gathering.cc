// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/result_gathering.h"

#include "calls/marshalling.h"

namespace openmosix {

std::vector<std::uint8_t> gather_outputs(const CallRequest& request, std::int64_t value,
                                         std::span<const std::uint8_t> area) {
    std::vector<std::uint8_t> bytes;
    for (const CallRequest::Output& output : request.outputs) {
        const auto part = area.subspan(output.offset, output_length(output, value));
        bytes.insert(bytes.end(), part.begin(), part.end());
    }
    return bytes;
}

}  // namespace openmosix
