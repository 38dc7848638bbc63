// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace clusterdisc {

/// The IPv4 address of a PC, as it is sent.
using PcAddress = std::array<std::uint8_t, 4>;

/// From where a client fetches: another client, or, when there is none, the serving node itself.
using Source = std::optional<PcAddress>;

/// Returns "192.0.2.1".
inline std::string text_of(const PcAddress& address) {
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, address.data(), text.data(), text.size());
    return text.data();
}

}  // namespace clusterdisc
