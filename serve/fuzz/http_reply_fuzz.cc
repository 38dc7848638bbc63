// SPDX-License-Identifier: GPL-2.0-or-later
//
// Heads of replies by HTTP, from the serving node or another client.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/fuzz/require.h"
#include "fetch/http_reply.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as characters
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto reply = clusterdisc::parse_http_reply(text);
    require(!reply ||
            (reply->head_size > 0 && reply->head_size <= size && reply->head_size <= clusterdisc::max_http_head));
    require(!reply || (reply->status >= 100 && reply->status <= 599));
    return 0;
}
