// SPDX-License-Identifier: GPL-2.0-or-later
//
// libFuzzer target: any bytes as a key file and as a passphrase file. They are taken or refused with a reason that can
// be shown on a terminal.
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "common/cluster_keys.h"
#include "common/fuzz/require.h"
#include "common/printable_text.h"

namespace {

using Parser = std::vector<clusterdisc::ClusterSecret> (*)(std::string_view);

void parse(Parser parser, std::string_view content) {
    try {
        const std::vector<clusterdisc::ClusterSecret> secrets = parser(content);
        require(!secrets.empty() && secrets.size() <= clusterdisc::max_keys);
        require(secrets.size() < 2 || secrets[0] != secrets[1]);
    } catch (const std::runtime_error& error) {
        require(clusterdisc::is_printable_text(error.what()));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes to characters
    const std::string_view content(reinterpret_cast<const char*>(data), size);
    parse(clusterdisc::parse_key_ring, content);
    parse(clusterdisc::parse_passphrase_ring, content);
    return 0;
}
