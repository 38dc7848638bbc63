// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/address.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace clusterdisc {

bool IpAddress::is_link_local() const {
    return is_ipv6 ? bytes[0] == 0xFE && (bytes[1] & 0xC0U) == 0x80 : bytes[0] == 169 && bytes[1] == 254;
}

std::string to_text(const IpAddress& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (::inet_ntop(address.is_ipv6 ? AF_INET6 : AF_INET, address.bytes.data(), text.data(), text.size()) == nullptr) {
        throw std::system_error(errno, std::generic_category(), "inet_ntop");
    }
    return text.data();
}

std::optional<IpAddress> parse_ip_address(std::string_view text) {
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    std::ranges::copy(text, terminated.begin());
    IpAddress address;
    address.is_ipv6 = text.find(':') != std::string_view::npos;
    if (::inet_pton(address.is_ipv6 ? AF_INET6 : AF_INET, terminated.data(), address.bytes.data()) != 1) {
        return std::nullopt;
    }
    return address;
}

std::string to_text(const Path& path) {
    const IpAddress& address = path.endpoint.address;
    const std::string port = ":" + std::to_string(path.endpoint.port);
    if (!address.is_ipv6) {
        return to_text(address) + port;
    }
    const bool needs_link = address.is_link_local() && path.link != 0;
    return "[" + to_text(address) + (needs_link ? "%" + std::to_string(path.link) : "") + "]" + port;
}

}  // namespace clusterdisc
