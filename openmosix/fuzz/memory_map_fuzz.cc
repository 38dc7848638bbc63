// SPDX-License-Identifier: GPL-2.0-or-later
//
// libFuzzer target: any bytes as /proc/PID/maps. What is understood must be ranges; what is not must be refused with a
// text that is fit for a log.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "common/fuzz/require.h"
#include "common/printable_text.h"
#include "freeze/memory_map.h"

namespace {

constexpr std::size_t max_refusal = 1000;

void parse(std::string_view text, std::vector<openmosix::MappedRange> (*parse_map)(std::string_view)) {
    try {
        const auto map = parse_map(text);
        require(map.size() <= static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1);
        for (const openmosix::MappedRange& range : map) {
            require(range.start < range.end);
            require(!range.path.starts_with(' ') && range.path.find('\n') == std::string::npos);
        }
    } catch (const std::runtime_error& refusal) {
        const std::string_view reason = refusal.what();
        require(clusterdisc::is_printable_text(reason) && reason.size() < max_refusal);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes to characters
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    parse(text, openmosix::parse_memory_map);
    parse(text, openmosix::parse_detailed_map);
    return 0;
}
