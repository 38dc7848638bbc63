// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/body_memory.h"

#include <sys/uio.h>

namespace openmosix {

namespace {

iovec theirs(std::uint64_t address, std::size_t size) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr,cppcoreguidelines-pro-type-reinterpret-cast)
    return {reinterpret_cast<void*>(static_cast<std::uintptr_t>(address)), size};
}

}  // namespace

bool BodyMemory::read(std::uint64_t address, std::span<std::uint8_t> bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const iovec local{bytes.data() + done, bytes.size() - done};
        const iovec remote = theirs(address + done, bytes.size() - done);
        const ssize_t part = ::process_vm_readv(pid_, &local, 1, &remote, 1, 0);
        if (part <= 0) {
            return false;
        }
        done += static_cast<std::size_t>(part);
    }
    return true;
}

bool BodyMemory::write(std::uint64_t address, std::span<const std::uint8_t> bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        // The structure has no const; nothing is written to it.
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
        const iovec local{const_cast<std::uint8_t*>(bytes.data() + done), bytes.size() - done};
        const iovec remote = theirs(address + done, bytes.size() - done);
        const ssize_t part = ::process_vm_writev(pid_, &local, 1, &remote, 1, 0);
        if (part <= 0) {
            return false;
        }
        done += static_cast<std::size_t>(part);
    }
    return true;
}

}  // namespace openmosix
