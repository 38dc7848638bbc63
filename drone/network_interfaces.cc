// SPDX-License-Identifier: GPL-2.0-or-later
#include "network_interfaces.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "common/file_descriptor.h"
#include "kernel_log.h"

namespace clusterdisc {

void switch_on(const std::string& interface) {
    ifreq request{};
    if (interface.empty() || interface.size() >= sizeof(request.ifr_name)) {
        return;
    }
    std::memcpy(std::begin(request.ifr_name), interface.data(), interface.size());
    const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (socket.is_open() && ::ioctl(socket.number(), SIOCGIFFLAGS, &request) == 0 &&
        (request.ifr_flags & IFF_UP) == 0) {
        request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
        if (::ioctl(socket.number(), SIOCSIFFLAGS, &request) != 0) {
            write_kernel_log(Priority::warning, "drone",
                             "the network card " + interface + " cannot be switched on: " + std::strerror(errno));
        }
    }
}

void switch_on_all(const std::string& sys) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(sys + "/class/net", error)) {
        switch_on(entry.path().filename());
    }
}

}  // namespace clusterdisc
