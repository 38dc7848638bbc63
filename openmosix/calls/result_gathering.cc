// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/result_gathering.h"

#include <algorithm>

#include "calls/marshalling.h"

namespace openmosix {

std::vector<std::uint8_t> gather_outputs(const CallRequest& request, std::int64_t value,
                                         std::span<const std::uint8_t> area) {
    return gather_outputs(request, value, [area](std::uint32_t offset, std::span<std::uint8_t> bytes) {
        std::ranges::copy(area.subspan(offset, bytes.size()), bytes.begin());
    });
}

std::vector<std::uint8_t> gather_outputs(
    const CallRequest& request, std::int64_t value,
    const std::function<void(std::uint32_t offset, std::span<std::uint8_t> bytes)>& read) {
    std::vector<std::uint8_t> bytes;
    for (const CallRequest::Output& output : request.outputs) {
        const std::size_t start = bytes.size();
        bytes.resize(start + output_length(output, value));
        read(output.offset, std::span(bytes).subspan(start));
    }
    return bytes;
}

}  // namespace openmosix
