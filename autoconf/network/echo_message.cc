// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/echo_message.h"

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace clusterdisc {
namespace {

constexpr std::size_t header_size = 8;
constexpr std::size_t min_ipv4_header = 20;

std::uint8_t high_byte(std::uint16_t value) {
    return static_cast<std::uint8_t>(value >> 8U);
}

std::uint8_t low_byte(std::uint16_t value) {
    return static_cast<std::uint8_t>(value & 0xffU);
}

}  // namespace

std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes) {
    std::uint32_t sum = 0;
    for (std::size_t place = 0; place < bytes.size(); ++place) {
        sum += place % 2 == 0 ? static_cast<std::uint32_t>(bytes[place]) << 8U : bytes[place];
        sum = (sum & 0xffffU) + (sum >> 16U);
    }
    return static_cast<std::uint16_t>(~sum & 0xffffU);
}

std::vector<std::uint8_t> encode_echo_request(bool is_ipv6, std::uint16_t identifier, std::uint16_t sequence,
                                              std::span<const std::uint8_t> content) {
    const std::uint8_t type = is_ipv6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
    const std::array<std::uint8_t, header_size> header = {
        type, 0, 0, 0, high_byte(identifier), low_byte(identifier), high_byte(sequence), low_byte(sequence)};
    std::vector<std::uint8_t> message(header.size() + content.size());
    std::ranges::copy(content, std::ranges::copy(header, message.begin()).out);
    if (!is_ipv6) {
        const std::uint16_t checksum = internet_checksum(message);
        message[2] = high_byte(checksum);
        message[3] = low_byte(checksum);
    }
    return message;
}

std::optional<std::span<const std::uint8_t>> echo_reply_content(bool is_ipv6, std::span<const std::uint8_t> packet) {
    if (!is_ipv6) {
        // The header's length stands in its first byte, in words of four bytes (RFC 791, section 3.1).
        const std::size_t ip_header = packet.empty() ? 0 : (packet.front() & 0x0fU) * std::size_t{4};
        if (ip_header < min_ipv4_header || packet.size() < ip_header) {
            return std::nullopt;
        }
        packet = packet.subspan(ip_header);
    }
    const std::uint8_t type = is_ipv6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY;
    if (packet.size() < header_size || packet[0] != type || packet[1] != 0) {
        return std::nullopt;
    }
    return packet.subspan(header_size);
}

}  // namespace clusterdisc
