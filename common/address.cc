// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <span>
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

std::optional<IpAddress> counted_up(const IpAddress& address, std::uint32_t count) {
    IpAddress result = address;
    const auto number = std::span(result.bytes).first(address.is_ipv6 ? sizeof(in6_addr) : sizeof(in_addr));
    std::uint64_t carry = count;
    for (std::size_t place = number.size(); place > 0; --place) {
        std::uint8_t& byte = number[place - 1];
        carry += byte;
        byte = static_cast<std::uint8_t>(carry);
        carry >>= 8U;
    }
    if (carry != 0) {
        return std::nullopt;
    }
    return result;
}

std::string to_text(const Endpoint& endpoint) {
    const std::string host = to_text(endpoint.address);
    return (endpoint.address.is_ipv6 ? '[' + host + ']' : host) + ':' + std::to_string(endpoint.port);
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
