// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracee/memory_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace openmosix {

MemoryFile::MemoryFile(pid_t pid) {
    const std::string path = "/proc/" + std::to_string(pid) + "/mem";
    file_ = clusterdisc::FileDescriptor(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!file_.is_open()) {
        throw std::system_error(errno, std::generic_category(), path);
    }
}

std::size_t MemoryFile::read_some(std::uint64_t address, std::span<std::uint8_t> bytes) const {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t part =
            ::pread64(file_.number(), bytes.data() + done, bytes.size() - done, static_cast<off64_t>(address + done));
        if (part <= 0) {
            break;
        }
        done += static_cast<std::size_t>(part);
    }
    return done;
}

bool MemoryFile::read(std::uint64_t address, std::span<std::uint8_t> bytes) const {
    return read_some(address, bytes) == bytes.size();
}

bool MemoryFile::write(std::uint64_t address, std::span<const std::uint8_t> bytes) const {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t part =
            ::pwrite64(file_.number(), bytes.data() + done, bytes.size() - done, static_cast<off64_t>(address + done));
        if (part <= 0) {
            return false;
        }
        done += static_cast<std::size_t>(part);
    }
    return true;
}

}  // namespace openmosix
