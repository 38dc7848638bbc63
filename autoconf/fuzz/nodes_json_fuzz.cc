// SPDX-License-Identifier: GPL-2.0-or-later
//
// nodes.json as programs read it that did not write it.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "output/nodes_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as characters
    static_cast<void>(clusterdisc::parse_nodes_json(std::string_view(reinterpret_cast<const char*>(data), size)));
    return 0;
}
