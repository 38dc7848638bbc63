// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/membership.h"

#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <variant>

#include "common/file.h"
#include "common/log.h"

namespace openmosix {

namespace {

using clusterdisc::IpAddress;

/// Tells when an address comes or goes (rtnetlink(7)); what it says is not read, as all are looked at anyway.
clusterdisc::FileDescriptor watch_addresses() {
    clusterdisc::FileDescriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the socket API wants it
    const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
    if (!socket.is_open() || ::bind(socket.number(), generic, sizeof address) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot watch network addresses");
    }
    return socket;
}

std::optional<IpAddress> to_address(const sockaddr* generic) {
    IpAddress address;
    if (generic == nullptr) {
        return std::nullopt;
    }
    if (generic->sa_family == AF_INET) {
        sockaddr_in ipv4{};
        std::memcpy(&ipv4, generic, sizeof ipv4);
        std::memcpy(address.bytes.data(), &ipv4.sin_addr, sizeof ipv4.sin_addr);
        return address;
    }
    if (generic->sa_family == AF_INET6) {
        sockaddr_in6 ipv6{};
        std::memcpy(&ipv6, generic, sizeof ipv6);
        address.is_ipv6 = true;
        std::memcpy(address.bytes.data(), &ipv6.sin6_addr, sizeof ipv6.sin6_addr);
        return address;
    }
    return std::nullopt;
}

}  // namespace

std::optional<clusterdisc::NodeId> own_node(std::span<const clusterdisc::NodeMapEntry> entries,
                                            std::span<const IpAddress> addresses) {
    for (const IpAddress& address : addresses) {
        if (const auto node = clusterdisc::node_in_map(entries, address)) {
            return node;
        }
    }
    return std::nullopt;
}

std::vector<IpAddress> own_addresses() {
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot list network addresses");
    }
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(first, &::freeifaddrs);
    std::vector<IpAddress> addresses;
    for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
        const auto address = to_address(each->ifa_addr);
        if (address && !address->is_link_local() && (each->ifa_flags & IFF_LOOPBACK) == 0) {
            addresses.push_back(*address);
        }
    }
    return addresses;
}

Membership::Membership(sd_event* event, Settings settings, std::function<void()> on_change)
    : settings_(std::move(settings)), on_change_(std::move(on_change)), watch_(settings_.map),
      addresses_(watch_addresses()) {
    read_map();
    find_node();
    map_source_ = clusterdisc::add_io(event, watch_.number(), EPOLLIN, [this](std::uint32_t) {
        if (watch_.take_changes()) {
            read_map();
            find_node();
            on_change_();
        }
    });
    address_source_ = clusterdisc::add_io(event, addresses_.number(), EPOLLIN, [this](std::uint32_t) {
        std::array<char, 8192> ignored{};
        // ENOBUFS: some were lost, which is no matter, either.
        while (::recv(addresses_.number(), ignored.data(), ignored.size(), 0) > 0 || errno == ENOBUFS) {
        }
        find_node();
        on_change_();
    });
}

void Membership::read_map() {
    std::string problem;
    std::vector<clusterdisc::NodeMapEntry> entries;
    try {
        const auto text = clusterdisc::read_file(settings_.map, clusterdisc::max_node_map);
        auto parsed = clusterdisc::parse_node_map(text.value_or(""));
        if (const auto* const error = std::get_if<clusterdisc::NodeMapError>(&parsed)) {
            problem = settings_.map + ':' + std::to_string(error->line) + ": " + error->text;
        } else {
            entries = std::move(std::get<std::vector<clusterdisc::NodeMapEntry>>(parsed));
        }
    } catch (const std::system_error& error) {
        problem = error.what();
    }
    if (!problem.empty() && problem != problem_) {
        clusterdisc::log_line(clusterdisc::LogLevel::warning, problem + "; until it is right nobody is a member");
    }
    problem_ = std::move(problem);
    entries_ = std::move(entries);
}

void Membership::find_node() {
    if (settings_.node != 0) {
        const bool is_there = clusterdisc::address_in_map(entries_, settings_.node).has_value();
        node_ = is_there ? std::optional(settings_.node) : std::nullopt;
        return;
    }
    node_ = settings_.address ? clusterdisc::node_in_map(entries_, *settings_.address) : std::nullopt;
    if (!node_) {
        node_ = own_node(entries_, own_addresses());
    }
}

std::optional<IpAddress> Membership::address() const {
    const auto text = node_ ? clusterdisc::address_in_map(entries_, *node_) : std::nullopt;
    return text ? clusterdisc::parse_ip_address(*text) : std::nullopt;
}

std::string Membership::problem() const {
    if (!problem_.empty()) {
        return problem_;
    }
    if (entries_.empty()) {
        return "this node is not configured: " + settings_.map + " has no nodes; omdiscd makes it";
    }
    if (settings_.node != 0) {
        return "node " + std::to_string(settings_.node) + ", which this one is said to be, is not in " + settings_.map;
    }
    return "this node is not in " + settings_.map + ": no address there is one of this machine's";
}

}  // namespace openmosix
