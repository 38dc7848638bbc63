// SPDX-License-Identifier: GPL-2.0-or-later
#include "omdiscd/peer_address.h"

#include <algorithm>
#include <charconv>

#include "common/node_settings.h"

namespace clusterdisc {
namespace {

bool is_host_name(std::string_view text) {
    constexpr std::size_t longest = 253;
    return !text.empty() && text.size() <= longest && std::ranges::all_of(text, [](char character) {
        const bool is_letter = (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
        return is_letter || (character >= '0' && character <= '9') || character == '-' || character == '.' ||
               character == '_';
    });
}

bool read_port(std::string_view text, std::uint16_t& port) {
    const char* const end = text.data() + text.size();
    const auto [stopped_at, error] = std::from_chars(text.data(), end, port);
    return error == std::errc() && stopped_at == end && port != 0;
}

bool read_host(std::string_view text, PeerAddress& peer) {
    peer.host = text;
    const std::size_t zone = text.find('%');
    peer.address = parse_ip_address(text.substr(0, zone));
    if (zone != std::string_view::npos) {
        peer.interface = text.substr(zone + 1);
        return peer.address && peer.address->is_ipv6 && is_interface_pattern(peer.interface);
    }
    if (peer.address) {
        // Without an interface nobody knows which link is meant.
        return !(peer.address->is_ipv6 && peer.address->is_link_local());
    }
    return is_host_name(text) && text.find_first_not_of("0123456789.") != std::string_view::npos;
}

}  // namespace

std::optional<PeerAddress> parse_peer_address(std::string_view text) {
    PeerAddress peer;
    std::string_view host = text;
    std::string_view port;
    bool has_port = false;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        host = text.substr(1, end - 1);
        port = text.substr(end + 1);
        has_port = !port.empty();
        if (has_port && !port.starts_with(':')) {
            return std::nullopt;
        }
        port.remove_prefix(has_port ? 1 : 0);
    } else if (std::ranges::count(text, ':') == 1) {
        host = text.substr(0, text.find(':'));
        port = text.substr(text.find(':') + 1);
        has_port = true;
    }
    if (!read_host(host, peer) || (has_port && !read_port(port, peer.port))) {
        return std::nullopt;
    }
    return peer;
}

}  // namespace clusterdisc
