// SPDX-License-Identifier: GPL-2.0-or-later
//
// The configuration file. Whatever is in it, the settings are in their bounds afterwards.
#include "omdiscd/configuration.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/node_settings.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    clusterdisc::Configuration configuration;
    std::vector<std::string> problems;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as characters
    clusterdisc::read_toml(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz", configuration,
                           problems);
    if (!clusterdisc::is_cluster_name(configuration.cluster) || configuration.node_id > clusterdisc::last_node_id ||
        configuration.port == 0 || configuration.name.size() > clusterdisc::max_node_name) {
        std::abort();
    }
    return 0;
}
