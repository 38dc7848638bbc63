// SPDX-License-Identifier: GPL-2.0-or-later
#include "fetch/http_reply.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <system_error>

namespace clusterdisc {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view head_end = "\r\n\r\n";

/// Returns the number that `text` begins with, when `end` follows it.
std::optional<std::uint64_t> number_before(std::string_view text, char end) {
    std::uint64_t number = 0;
    const char* const stop = text.data() + text.size();
    const auto [stopped_at, error] = std::from_chars(text.data(), stop, number);
    if (error != std::errc{} || stopped_at == stop || *stopped_at != end) {
        return std::nullopt;
    }
    return number;
}

/// True if `line` begins with `name`, in letters of either case.
bool has_name(std::string_view line, std::string_view name) {
    return line.size() >= name.size() && std::equal(name.begin(), name.end(), line.begin(), [](char left, char right) {
               return left == std::tolower(static_cast<unsigned char>(right));
           });
}

}  // namespace

std::size_t http_head_size(std::string_view bytes) {
    const std::size_t end = bytes.substr(0, max_http_head).find(head_end);
    return end == std::string_view::npos ? 0 : end + head_end.size();
}

std::optional<HttpReply> parse_http_reply(std::string_view bytes) {
    constexpr std::string_view version_10 = "HTTP/1.0 ";
    constexpr std::string_view version_11 = "HTTP/1.1 ";
    constexpr std::string_view range = "content-range: bytes ";
    HttpReply reply{.head_size = http_head_size(bytes)};
    std::string_view rest = bytes.substr(0, reply.head_size);
    if (!rest.starts_with(version_10) && !rest.starts_with(version_11)) {
        return std::nullopt;
    }
    const auto status = number_before(rest.substr(version_10.size()), ' ');
    constexpr std::uint64_t lowest = 100;
    constexpr std::uint64_t highest = 599;
    if (!status || *status < lowest || *status > highest) {
        return std::nullopt;
    }
    reply.status = static_cast<int>(*status);
    constexpr int partial_content = 206;
    if (reply.status != partial_content) {
        return reply;
    }
    for (std::size_t end = rest.find(line_end); end != std::string_view::npos; end = rest.find(line_end)) {
        const std::string_view line = rest.substr(0, end);
        if (has_name(line, range)) {
            const auto first = number_before(line.substr(range.size()), '-');
            if (!first) {
                return std::nullopt;
            }
            reply.first_byte = *first;
            return reply;
        }
        rest.remove_prefix(end + line_end.size());
    }
    return std::nullopt;
}

}  // namespace clusterdisc
