// SPDX-License-Identifier: GPL-2.0-or-later
//
// libFuzzer target: any bytes as a kernel command line, and any bytes as the file that settings are read from.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "boot_parameters.h"
#include "common/fuzz/require.h"
#include "common/printable_text.h"

namespace {

void parse_as_command_line(std::string_view text) {
    const clusterdisc::BootParameters result = clusterdisc::parse_boot_parameters(text);
    require(clusterdisc::from_toml(clusterdisc::to_toml(result.settings)) == result.settings);
    require(!(result.is_secret_refused && result.typed_secret));
    // A line of authorized_keys with two words: no option can stand before the key.
    require(!result.ssh_key ||
            (std::ranges::count(*result.ssh_key, ' ') == 1 && clusterdisc::is_printable_text(*result.ssh_key)));
    for (const std::string& problem : result.problems) {
        require(clusterdisc::is_printable_text(problem) && problem.size() < 512);
    }
}

void parse_as_settings_file(std::string_view text) {
    if (const auto settings = clusterdisc::from_toml(text)) {
        require(clusterdisc::from_toml(clusterdisc::to_toml(*settings)) == settings);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes to characters
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    parse_as_command_line(text);
    parse_as_settings_file(text);
    return 0;
}
