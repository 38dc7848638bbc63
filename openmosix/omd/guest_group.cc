// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/guest_group.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "common/file.h"
#include "common/file_descriptor.h"
#include "common/log.h"
#include "procfs/unified_group.h"

namespace openmosix {

namespace {

/// What the supervisors of all guests may have: half of the memory, as they hold pages of processes that are to come,
/// but enough for some on the smallest PC.
constexpr const char* share_of_supervisors = "50%";
constexpr std::uint64_t min_bytes_of_supervisors = std::uint64_t{32} << 20U;

std::uint64_t bytes_of_memory() {
    return static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

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

void add_to_group(const std::string& processes_file, pid_t pid) {
    try {
        write_to(processes_file, std::to_string(pid));
    } catch (const std::system_error& error) {
        clusterdisc::log_line(clusterdisc::LogLevel::warning,
                              std::string("the supervisor of a guest is not limited: ") + error.what());
    }
}

std::string to_memory_max(const std::string& limit, std::uint64_t total) {
    if (!limit.ends_with('%')) {
        return limit;
    }
    constexpr std::uint64_t all = 100;
    return std::to_string(total / all * std::stoul(limit));
}

std::string GuestGroup::read_own_groups() {
    constexpr std::size_t longest = 65536;
    try {
        return clusterdisc::read_file("/proc/self/cgroup", longest).value_or("");
    } catch (const std::system_error&) {
        // As on a kernel without control groups.
        return {};
    }
}

GuestGroup::GuestGroup(const std::string& mount_point, const std::string& own_groups) {
    constexpr mode_t mode = 0755;
    try {
        const std::string own = unified_group(own_groups);
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
        clusterdisc::make_folder(group + "/supervisors", mode);
        folder_ = group + "/guests";
        supervisors_folder_ = group + "/supervisors";
        processes_file_ = folder_ + "/cgroup.procs";
        supervisors_file_ = supervisors_folder_ + "/cgroup.procs";
    } catch (const std::system_error& error) {
        clusterdisc::log_line(clusterdisc::LogLevel::warning, std::string("guests are not limited: ") + error.what());
    }
}

void GuestGroup::limit(const std::string& memory, std::uint32_t weight) const {
    if (folder_.empty()) {
        return;
    }
    const std::uint64_t total = bytes_of_memory();
    const std::uint64_t share = std::stoull(to_memory_max(share_of_supervisors, total));
    try {
        write_to(folder_ + "/memory.max", to_memory_max(memory, total));
        write_to(folder_ + "/cpu.weight", std::to_string(weight));
        write_to(supervisors_folder_ + "/memory.max", std::to_string(std::max(share, min_bytes_of_supervisors)));
    } catch (const std::system_error& error) {
        clusterdisc::log_line(clusterdisc::LogLevel::warning,
                              std::string("guests are not limited as configured: ") + error.what());
    }
}

}  // namespace openmosix
