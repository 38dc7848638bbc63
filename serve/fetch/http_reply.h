// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace clusterdisc {

/// A reply with a longer head is none.
inline constexpr std::size_t max_http_head = 4096;

/// The head of a web server's reply, as far as it matters for fetching a part of a file.
struct HttpReply {
    /// Three digits: 200 with the whole file, 206 with the part that begins with first_byte.
    int status = 0;
    std::uint64_t first_byte = 0;
    /// Where the content begins.
    std::size_t head_size = 0;
};

/// Returns the number of bytes of the head in `bytes`, which end with an empty line; 0 when there is none yet.
std::size_t http_head_size(std::string_view bytes);

/// Returns what the head at the beginning of `bytes` says; none when it is not one of HTTP/1.0 or 1.1, or not whole.
std::optional<HttpReply> parse_http_reply(std::string_view bytes);

}  // namespace clusterdisc
