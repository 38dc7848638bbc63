// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/guest_group.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <sstream>
#include <system_error>

#include "common/file.h"
#include "common/file_descriptor.h"
#include "common/log.h"

namespace openmosix {

namespace {

constexpr const char* mount_point = "/sys/fs/cgroup";

/// Whether systemd has said that we may make groups there.
bool is_delegated(const std::string& group) {
    std::array<char, 8> value{};
    for (const char* name : {"trusted.delegate", "user.delegate"}) {
        if (::getxattr(group.c_str(), name, value.data(), value.size()) == 1 && value.front() == '1') {
            return true;
        }
    }
    return false;
}

void write_to(const std::string& path, const std::string& text) {
    const clusterdisc::FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.is_open() || ::write(file.number(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        throw std::system_error(errno, std::generic_category(), path);
    }
}

}  // namespace

std::string unified_group(const std::string& content) {
    std::istringstream lines(content);
    for (std::string line; std::getline(lines, line);) {
        constexpr const char* unified = "0::/";
        if (line.starts_with(unified)) {
            return line.substr(3);
        }
    }
    return {};
}

GuestGroup::GuestGroup() {
    constexpr std::size_t longest = 65536;
    constexpr mode_t mode = 0755;
    try {
        const auto content = clusterdisc::read_file("/proc/self/cgroup", longest);
        const std::string own = unified_group(content.value_or(""));
        const std::string group = mount_point + own;
        if (own.empty() || !is_delegated(group)) {
            clusterdisc::log_line(clusterdisc::LogLevel::info,
                                  "guests are not limited: systemd has not delegated a control group to omd");
            return;
        }
        clusterdisc::make_folder(group + "/daemon", mode);
        write_to(group + "/daemon/cgroup.procs", std::to_string(::getpid()));
        write_to(group + "/cgroup.subtree_control", "+cpu +memory");
        clusterdisc::make_folder(group + "/guests", mode);
        folder_ = group + "/guests";
        processes_file_ = folder_ + "/cgroup.procs";
    } catch (const std::system_error& error) {
        clusterdisc::log_line(clusterdisc::LogLevel::warning, std::string("guests are not limited: ") + error.what());
    }
}

void GuestGroup::limit(const std::string& memory, std::uint32_t weight) const {
    if (folder_.empty()) {
        return;
    }
    try {
        write_to(folder_ + "/memory.max", memory);
        write_to(folder_ + "/cpu.weight", std::to_string(weight));
    } catch (const std::system_error& error) {
        clusterdisc::log_line(clusterdisc::LogLevel::warning,
                              std::string("guests are not limited as configured: ") + error.what());
    }
}

}  // namespace openmosix
