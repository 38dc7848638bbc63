// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lists of files, which come by HTTP.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/fuzz/require.h"
#include "fetch/file_list.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as characters
    const auto files = clusterdisc::parse_file_list({reinterpret_cast<const char*>(data), size});
    require(!files || files->size() <= clusterdisc::max_listed_files);
    for (const auto& file : files.value_or(std::vector<clusterdisc::ListedFile>{})) {
        require(file.size <= clusterdisc::max_listed_size);
        require(file.name.find("..") != 0 && file.name.find("/.") == std::string::npos);
        require(file.name.starts_with("live/") || file.name.starts_with("clusterdisc/serve/"));
    }
    return 0;
}
