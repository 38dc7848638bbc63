// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/link_monitor.h"

#include <linux/rtnetlink.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <system_error>
#include <utility>

#include "common/file.h"
#include "common/warning.h"

namespace clusterdisc {
namespace {

constexpr unsigned announcement_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
constexpr Instant before_next_try = std::chrono::milliseconds(200);

bool is_wireless(const std::string& name) {
    const std::string folder = "/sys/class/net/" + name;
    return ::access((folder + "/phy80211").c_str(), F_OK) == 0 || ::access((folder + "/wireless").c_str(), F_OK) == 0;
}

std::optional<std::string> product_uuid() {
    constexpr std::size_t longest = 64;
    try {
        const auto text = read_file("/sys/class/dmi/id/product_uuid", longest);
        return text ? sane_product_uuid(*text) : std::nullopt;
    } catch (const std::system_error&) {
        // Only root may read it; then the hardware address has to do.
        return std::nullopt;
    }
}

}  // namespace

LinkMonitor::LinkMonitor(sd_event* event, LinkSelection selection, OnChange on_change)
    : selection_(std::move(selection)), on_change_(std::move(on_change)),
      announcements_(NETLINK_ROUTE, announcement_groups, SOCK_NONBLOCK), requests_(NETLINK_ROUTE),
      source_(add_io(event, announcements_.descriptor(), EPOLLIN, [this](std::uint32_t) { on_announcement(); })),
      again_(event, [this] { on_announcement(); }) {
    read_table();
    links_ = select_links(table_, selection_, is_wireless);
}

void LinkMonitor::on_announcement() {
    announcements_.drain();
    try {
        read_table();
    } catch (const std::system_error& error) {
        // No memory for the moment, for example: what we know stays, and we look again.
        warn(error.what());
        again_.set(EventLoop::now() + before_next_try);
        return;
    }
    auto links = select_links(table_, selection_, is_wireless);
    if (links != links_) {
        links_ = std::move(links);
        on_change_(links_);
    }
}

void LinkMonitor::read_table() {
    LinkTable table;
    const auto enter = [&table](const nlmsghdr& message) { table.apply(message); };
    NetlinkRequest interfaces(RTM_GETLINK, 0, ifinfomsg{});
    NetlinkRequest addresses(RTM_GETADDR, 0, ifaddrmsg{});
    const bool all_interfaces = requests_.dump(interfaces, "cannot read the network interfaces", enter);
    const bool all_addresses = requests_.dump(addresses, "cannot read the network addresses", enter);
    table_ = std::move(table);
    if (!all_interfaces || !all_addresses) {
        again_.set(EventLoop::now() + before_next_try);
    }
}

std::uint64_t LinkMonitor::hardware_fingerprint() const {
    return hash_hardware(lowest_hardware_address(table_, selection_, is_wireless), product_uuid());
}

}  // namespace clusterdisc
