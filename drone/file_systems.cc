// SPDX-License-Identifier: GPL-2.0-or-later
#include "file_systems.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "common/file.h"
#include "common/file_descriptor.h"
#include "kernel_log.h"

namespace clusterdisc {
namespace {

constexpr mode_t directory_mode = 0755;
constexpr const char* groups = "/sys/fs/cgroup";

void require(bool is_done, const std::string& what) {
    if (!is_done) {
        throw std::system_error(errno, std::generic_category(), what);
    }
}

void mount_at(const char* type, const char* target, unsigned long flags, const char* options = "") {
    make_folder(target, directory_mode);
    // EBUSY: the kernel has mounted it already.
    require(::mount(type, target, type, flags, options) == 0 || errno == EBUSY, std::string("mounting ") + target);
}

bool write_to(const std::string& path, const std::string& text) {
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    return file.is_open() && ::write(file.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

}  // namespace

void make_root_a_mount() {
    make_folder("/root", directory_mode);
    require(::mount("/", "/root", nullptr, MS_BIND, nullptr) == 0 && ::chdir("/root") == 0 &&
                ::mount(".", "/", nullptr, MS_MOVE, nullptr) == 0 && ::chroot(".") == 0 && ::chdir("/") == 0,
            "making the root a mount of its own");
}

void mount_kernel_file_systems() {
    mount_at("proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC);
    mount_at("sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC);
    mount_at("devtmpfs", "/dev", MS_NOSUID);
    if (::mount("cgroup2", groups, "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, "") != 0) {
        write_kernel_log(Priority::warning, "drone", std::string("no control groups: ") + std::strerror(errno));
    }
}

std::string make_delegated_group(const std::string& name) {
    std::string group = std::string(groups) + "/" + name;
    if (!write_to(std::string(groups) + "/cgroup.subtree_control", "+cpu +memory") ||
        ::mkdir(group.c_str(), directory_mode) != 0 || ::setxattr(group.c_str(), "trusted.delegate", "1", 1, 0) != 0) {
        write_kernel_log(Priority::warning, "drone", "no control group for " + name + ": " + std::strerror(errno));
        return {};
    }
    return group;
}

void set_kernel_parameter(const std::string& name, const std::string& value) {
    if (!write_to("/proc/sys/" + name, value)) {
        write_kernel_log(Priority::warning, "drone", "/proc/sys/" + name + ": " + std::strerror(errno));
    }
}

}  // namespace clusterdisc
