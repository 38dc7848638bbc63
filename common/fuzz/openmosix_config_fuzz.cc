// SPDX-License-Identifier: GPL-2.0-or-later
//
// openmosix.config, which people write by hand: what is taken is within its bounds, the rest is a problem with its
// line.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/fuzz/require.h"
#include "common/node_settings.h"
#include "common/openmosix_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as characters
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::vector<std::string> problems;
    const auto config = clusterdisc::parse_openmosix_config(text, "file", problems);
    require(!config.node_id || (*config.node_id != 0 && *config.node_id <= clusterdisc::last_node_id));
    for (const std::string& name : config.interfaces) {
        require(clusterdisc::is_interface_pattern(name));
    }
    for (const std::string& problem : problems) {
        require(problem.starts_with("file:"));
    }
    return 0;
}
