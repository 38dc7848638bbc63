// SPDX-License-Identifier: GPL-2.0-or-later
//
// Node maps, which people write by hand, too.
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/node_map.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as characters
    const auto result = clusterdisc::parse_node_map(std::string_view(reinterpret_cast<const char*>(data), size));
    if (const auto* const entries = std::get_if<0>(&result)) {
        std::bitset<clusterdisc::last_node_id + 1> taken;
        for (const auto& entry : *entries) {
            if (entry.first == 0 || entry.first + entry.count > clusterdisc::last_node_id + 1U ||
                entry.address.empty()) {
                std::abort();
            }
            for (unsigned id = entry.first; id < entry.first + entry.count; ++id) {
                if (taken.test(id)) {
                    std::abort();
                }
                taken.set(id);
            }
        }
    }
    return 0;
}
