// SPDX-License-Identifier: GPL-2.0-or-later
#include "network_interfaces.h"

#include <net/if.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

#include "common/file_descriptor.h"
#include "kernel_log.h"

namespace clusterdisc {

namespace {

/// None when no interface can have this name.
std::optional<ifreq> request_for(const std::string& interface) {
    ifreq request{};
    if (interface.empty() || interface.size() >= sizeof(request.ifr_name)) {
        return std::nullopt;
    }
    std::memcpy(std::begin(request.ifr_name), interface.data(), interface.size());
    return request;
}

void warn(const std::string& interface, const std::string& what) {
    write_kernel_log(Priority::warning, "drone",
                     "the network card " + interface + " " + what + ": " + std::strerror(errno));
}

}  // namespace

void switch_on(const std::string& interface) {
    auto named = request_for(interface);
    if (!named) {
        return;
    }
    ifreq& request = *named;
    const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (socket.is_open() && ::ioctl(socket.number(), SIOCGIFFLAGS, &request) == 0 &&
        (request.ifr_flags & IFF_UP) == 0) {
        request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
        if (::ioctl(socket.number(), SIOCSIFFLAGS, &request) != 0) {
            warn(interface, "cannot be switched on");
        }
    }
}

void switch_on_all(const std::string& sys) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(sys + "/class/net", error)) {
        switch_on(entry.path().filename());
    }
}

std::string find_card(const std::string& sys, const std::string& mac) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(sys + "/class/net", error)) {
        std::string address;
        std::ifstream(entry.path() / "address") >> address;
        if (!address.empty() && ::strcasecmp(address.c_str(), mac.c_str()) == 0) {
            return entry.path().filename();
        }
    }
    return {};
}

void set_address(const std::string& interface, in_addr address, in_addr netmask) {
    auto request = request_for(interface);
    const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!request || !socket.is_open()) {
        return;
    }
    const auto set = [&](unsigned long what, in_addr value) {
        sockaddr_in content{};
        content.sin_family = AF_INET;
        content.sin_addr = value;
        std::memcpy(&request->ifr_addr, &content, sizeof(content));
        return ::ioctl(socket.number(), what, &*request) == 0;
    };
    if (!set(SIOCSIFADDR, address) || (address.s_addr != 0 && !set(SIOCSIFNETMASK, netmask))) {
        warn(interface, "cannot get an address");
    }
}

}  // namespace clusterdisc
