// SPDX-License-Identifier: GPL-2.0-or-later
#include "body/confinement.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <sstream>
#include <system_error>

#include "common/file.h"
#include "common/file_descriptor.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

namespace openmosix {

namespace {

constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;

std::string offset_line(const char* clock, std::int64_t offset) {
    // The nanoseconds must be positive (kernel/time/namespace.c).
    std::int64_t seconds = offset / nanoseconds_per_second;
    std::int64_t rest = offset % nanoseconds_per_second;
    if (rest < 0) {
        rest += nanoseconds_per_second;
        --seconds;
    }
    return std::string(clock) + " " + std::to_string(seconds) + " " + std::to_string(rest) + "\n";
}

/// Of the namespace that children enter, which begins with our own.
ClockOffsets read_offsets() {
    ClockOffsets offsets;
    std::istringstream text(clusterdisc::read_file("/proc/self/timens_offsets", std::size_t{4096}).value_or(""));
    std::string clock;
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    while (text >> clock >> seconds >> nanoseconds) {
        (clock == "monotonic" ? offsets.monotonic : offsets.boottime) = seconds * nanoseconds_per_second + nanoseconds;
    }
    return offsets;
}

bool close_all_but(int keep) {
    return (keep == 0 || ::close_range(0, static_cast<unsigned>(keep) - 1, 0) == 0) &&
           ::close_range(static_cast<unsigned>(keep) + 1, ~0U, 0) == 0;
}

}  // namespace

const char* confine(const Confinement& confinement, int keep) {
    if (::unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS) != 0) {
        return "unshare";
    }
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
        return "mount /";
    }
    if (::mount("none", confinement.empty_folder.c_str(), "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
                "size=4k,nr_inodes=2") != 0) {
        return "mount an empty file system";
    }
    // pivot_root(2): with one folder for both, the old root lies over the new one and can be detached.
    if (::chdir(confinement.empty_folder.c_str()) != 0 || ::syscall(SYS_pivot_root, ".", ".") != 0 ||
        ::umount2(".", MNT_DETACH) != 0 || ::chdir("/") != 0) {
        return "pivot_root";
    }
    if (!close_all_but(keep)) {
        return "close_range";
    }
    return nullptr;
}

void set_clocks_of_children(const ClockOffsets& offsets) {
    if (::unshare(CLONE_NEWTIME) != 0) {
        throw std::system_error(errno, std::generic_category(), "time namespace");
    }
    // They count from the machine's own clocks; we may be in a time namespace ourselves.
    const ClockOffsets ours = read_offsets();
    const clusterdisc::FileDescriptor file(::open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC));
    const std::string text = offset_line("monotonic", ours.monotonic + offsets.monotonic) +
                             offset_line("boottime", ours.boottime + offsets.boottime);
    if (!file.is_open() || ::write(file.number(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        throw std::system_error(errno, std::generic_category(), "/proc/self/timens_offsets");
    }
}

void set_own_clocks_of_children() {
    const clusterdisc::FileDescriptor own(::open("/proc/self/ns/time", O_RDONLY | O_CLOEXEC));
    if (!own.is_open() || ::setns(own.number(), CLONE_NEWTIME) != 0) {
        throw std::system_error(errno, std::generic_category(), "back to the own time namespace");
    }
}

}  // namespace openmosix
