// SPDX-License-Identifier: GPL-2.0-or-later
#include "network_links.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <system_error>

namespace clusterdisc {
namespace {

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

bool exists(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0;
}

/// A socket address of the type that its family says; copied, as the kernel's may not be aligned for it.
template <typename SocketAddress>
SocketAddress read_as(const sockaddr* address) {
    SocketAddress result{};
    std::memcpy(&result, address, sizeof result);
    return result;
}

template <typename Bytes>
int prefix_length(const Bytes& mask) {
    int length = 0;
    for (const std::uint8_t byte : mask) {
        length += std::popcount(byte);
    }
    return length;
}

std::string to_text(int family, const void* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (::inet_ntop(family, address, text.data(), text.size()) == nullptr) {
        fail("inet_ntop");
    }
    return text.data();
}

LinkAddress read_ipv4(const ifaddrs& entry) {
    const auto address = read_as<sockaddr_in>(entry.ifa_addr).sin_addr;
    LinkAddress result;
    result.text = to_text(AF_INET, &address);
    result.is_link_local = result.text.starts_with("169.254.");
    if (entry.ifa_netmask != nullptr) {
        result.prefix_length = std::popcount(read_as<sockaddr_in>(entry.ifa_netmask).sin_addr.s_addr);
    }
    return result;
}

LinkAddress read_ipv6(const ifaddrs& entry) {
    const auto address = read_as<sockaddr_in6>(entry.ifa_addr).sin6_addr;
    LinkAddress result;
    result.text = to_text(AF_INET6, &address);
    result.is_ipv6 = true;
    result.is_link_local = IN6_IS_ADDR_LINKLOCAL(&address);
    if (entry.ifa_netmask != nullptr) {
        const auto mask = read_as<sockaddr_in6>(entry.ifa_netmask).sin6_addr;
        result.prefix_length = prefix_length(std::bit_cast<std::array<std::uint8_t, 16>>(mask));
    }
    return result;
}

bool is_wired_card(const std::string& name, unsigned short hardware_type) {
    const std::string folder = "/sys/class/net/" + name;
    return hardware_type == ARPHRD_ETHER && exists(folder + "/device") && !exists(folder + "/wireless") &&
           !exists(folder + "/phy80211");
}

NetworkLink& link_named(std::vector<NetworkLink>& links, const char* name) {
    const auto found = std::ranges::find(links, name, &NetworkLink::name);
    if (found != links.end()) {
        return *found;
    }
    NetworkLink& link = links.emplace_back();
    link.name = name;
    return link;
}

void read_entry(const ifaddrs& entry, std::vector<NetworkLink>& links) {
    if ((entry.ifa_flags & IFF_LOOPBACK) != 0 || entry.ifa_addr == nullptr) {
        return;
    }
    NetworkLink& link = link_named(links, entry.ifa_name);
    switch (entry.ifa_addr->sa_family) {
        case AF_PACKET:
            link.has_carrier = (entry.ifa_flags & IFF_RUNNING) != 0;
            link.is_wired_card = is_wired_card(link.name, read_as<sockaddr_ll>(entry.ifa_addr).sll_hatype);
            break;
        case AF_INET:
            link.addresses.push_back(read_ipv4(entry));
            break;
        case AF_INET6:
            link.addresses.push_back(read_ipv6(entry));
            break;
        default:
            break;
    }
}

}  // namespace

std::vector<NetworkLink> read_network_links() {
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) {
        fail("cannot read the network links");
    }
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> list(first, ::freeifaddrs);
    std::vector<NetworkLink> links;
    for (const ifaddrs* entry = list.get(); entry != nullptr; entry = entry->ifa_next) {
        read_entry(*entry, links);
    }
    for (NetworkLink& link : links) {
        std::ranges::stable_sort(link.addresses, {}, [](const LinkAddress& address) {
            return std::pair(address.is_ipv6, address.is_link_local);
        });
    }
    return links;
}

std::vector<NetworkLink> links_of_interest(std::vector<NetworkLink> links) {
    if (std::ranges::any_of(links, &NetworkLink::is_wired_card)) {
        std::erase_if(links, [](const NetworkLink& link) { return !link.is_wired_card; });
    }
    return links;
}

bool has_reachable_address(const std::vector<NetworkLink>& links) {
    return std::ranges::any_of(links, [](const NetworkLink& link) {
        return std::ranges::any_of(
            link.addresses, [](const LinkAddress& address) { return !address.is_ipv6 || !address.is_link_local; });
    });
}

LinkChanges::LinkChanges() : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)) {
    sockaddr_nl groups{};
    groups.nl_family = AF_NETLINK;
    groups.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bind(2) takes every address family so.
    const auto* const address = reinterpret_cast<const sockaddr*>(&groups);
    if (!socket_.is_open() || ::bind(socket_.number(), address, sizeof groups) != 0) {
        fail("cannot listen for changes of the network links");
    }
}

void LinkChanges::forget() {
    std::array<char, 8192> message{};
    // Lost messages (ENOBUFS) are no worse than those that are read.
    while (::recv(socket_.number(), message.data(), message.size(), 0) >= 0 || errno == ENOBUFS || errno == EINTR) {
    }
}

std::vector<NetworkLink> wait_for_reachable_address(std::chrono::milliseconds longest) {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point deadline = Clock::now() + longest;
    // Listening starts before the first look, so that no change falls between the two.
    LinkChanges changes;
    while (true) {
        std::vector<NetworkLink> links = links_of_interest(read_network_links());
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
        if (links.empty() || has_reachable_address(links) || left.count() <= 0) {
            return links;
        }
        pollfd event{.fd = changes.number(), .events = POLLIN, .revents = 0};
        if (::poll(&event, 1, static_cast<int>(left.count())) < 0 && errno != EINTR) {
            fail("cannot wait for a network address");
        }
        changes.forget();
    }
}

}  // namespace clusterdisc
