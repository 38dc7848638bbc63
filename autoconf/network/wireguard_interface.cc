// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/wireguard_interface.h"

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/wireguard.h>
#include <sodium.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "common/warning.h"
#include "network/network_interface.h"

namespace clusterdisc {
namespace {

constexpr const char* kind = "wireguard";

[[noreturn]] void fail_for_want_of_module() {
    throw std::system_error(EOPNOTSUPP, std::generic_category(),
                            "this kernel has no WireGuard: use one that has the module \"wireguard\", or start omdiscd "
                            "with --plain on all nodes (then nothing between nodes is encrypted)");
}

/// The number that generic netlink has given to WireGuard. Asking for it loads the module (MODULE_ALIAS_GENL_FAMILY).
std::optional<std::uint16_t> find_family(NetlinkSocket& socket) {
    genlmsghdr header{};
    header.cmd = CTRL_CMD_GETFAMILY;
    header.version = 1;
    NetlinkRequest request(GENL_ID_CTRL, 0, header);
    request.put_text(CTRL_ATTR_FAMILY_NAME, WG_GENL_NAME);
    std::optional<std::uint16_t> family;
    try {
        socket.request(request, "cannot ask for WireGuard", [&](const nlmsghdr& message) {
            for_each_attribute(message, sizeof header, [&](const nlattr& attribute) {
                if (mnl_attr_get_type(&attribute) == CTRL_ATTR_FAMILY_ID) {
                    family = attribute_value<std::uint16_t>(attribute);
                }
            });
        });
    } catch (const std::system_error& error) {
        if (error.code().value() == ENOENT) {
            return std::nullopt;
        }
        throw;
    }
    return family;
}

std::uint16_t family_or_failure(NetlinkSocket& socket) {
    const auto family = find_family(socket);
    if (!family) {
        fail_for_want_of_module();
    }
    return *family;
}

std::uint32_t make_interface(NetlinkSocket& socket, const std::string& name) {
    if (const auto old = find_interface(socket, name)) {
        if (old->kind != kind) {
            throw std::system_error(
                EEXIST, std::generic_category(),
                "there is an interface " + name + " already, which is none of WireGuard: rename or remove it");
        }
        delete_interface(socket, old->index);
    }
    try {
        create_interface(socket, name, kind);
    } catch (const std::system_error& error) {
        if (error.code().value() == EOPNOTSUPP) {
            fail_for_want_of_module();
        }
        throw;
    }
    const auto made = find_interface(socket, name);
    if (!made) {
        throw std::system_error(ENODEV, std::generic_category(), "the interface " + name + " vanished");
    }
    return made->index;
}

}  // namespace

WireguardKeys generate_wireguard_keys() {
    if (::sodium_init() < 0) {
        throw std::runtime_error("libsodium cannot start");
    }
    WireguardKeys keys;
    ::randombytes_buf(keys.private_key.data(), keys.private_key.size());
    keys.private_key.front() &= 0xf8U;
    keys.private_key.back() = static_cast<std::uint8_t>((keys.private_key.back() & 0x7fU) | 0x40U);
    if (::crypto_scalarmult_base(keys.public_key.data(), keys.private_key.data()) != 0) {
        throw std::runtime_error("libsodium cannot compute a public key");
    }
    return keys;
}

bool WireguardInterface::is_available() {
    NetlinkSocket socket(NETLINK_GENERIC);
    return find_family(socket).has_value();
}

WireguardInterface::WireguardInterface(const std::string& name, const WireguardKey& private_key,
                                       std::uint16_t listen_port)
    : name_(name), private_key_(private_key), listen_port_(listen_port), routing_(NETLINK_ROUTE),
      generic_(NETLINK_GENERIC), family_(family_or_failure(generic_)), index_(make_interface(routing_, name)) {
    try {
        configure();
        // Only now does the kernel open the port.
        set_interface_up(routing_, index_, true);
    } catch (const std::system_error& error) {
        delete_interface(routing_, index_);
        if (error.code().value() == EADDRINUSE) {
            throw std::system_error(error.code(), "UDP port " + std::to_string(listen_port_) +
                                                      " of the WireGuard interface " + name_ +
                                                      " is used by another program: choose another port");
        }
        throw;
    }
    is_known_ = true;
}

WireguardInterface::~WireguardInterface() {
    try {
        delete_interface(routing_, index_);
    } catch (const std::exception& error) {
        warn("the WireGuard interface " + name_ + " stays: " + error.what());
    }
    ::sodium_memzero(private_key_.data(), private_key_.size());
}

void WireguardInterface::configure() {
    NetlinkRequest request = encode_wireguard_device(family_, index_, private_key_, listen_port_);
    generic_.request(request, "cannot configure the WireGuard interface " + name_);
}

void WireguardInterface::set_address(const std::optional<LinkPrefix>& prefix) {
    if (prefix == prefix_) {
        return;
    }
    // The old one first: as the second of its subnet the new one would be removed together with it (secondary
    // addresses, see promote_secondaries in the kernel's networking/ip-sysctl.rst).
    if (const auto old = std::exchange(prefix_, std::nullopt)) {
        try {
            remove_interface_address(routing_, index_, *old);
        } catch (const std::system_error& error) {
            // Somebody else has removed it.
            if (error.code().value() != EADDRNOTAVAIL) {
                throw;
            }
        }
    }
    if (prefix) {
        add_interface_address(routing_, index_, *prefix);
        prefix_ = prefix;
    }
}

void WireguardInterface::set_peers(std::span<const WireguardPeer> peers) {
    WireguardPeers next = index_peers(peers);
    if (!is_known_) {
        configure();
        peers_.clear();
    }
    is_known_ = false;
    for (NetlinkRequest& request : encode_wireguard_changes(family_, index_, difference(peers_, next))) {
        generic_.request(request, "cannot set the peers of the WireGuard interface " + name_);
    }
    peers_ = std::move(next);
    is_known_ = true;
}

}  // namespace clusterdisc
