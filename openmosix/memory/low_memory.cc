// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/low_memory.h"

#include <sys/mman.h>

#include <cerrno>
#include <system_error>

namespace openmosix {

namespace {

// An i386 program has nothing else.
#ifdef MAP_32BIT
constexpr int low = MAP_32BIT;
#else
constexpr int low = 0;
#endif

}  // namespace

LowMemory::LowMemory(std::size_t size) {
    void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | low, -1, 0);
    if (memory == MAP_FAILED) {
        throw std::system_error(errno, std::generic_category(), "memory below 4 GiB");
    }
    bytes_ = {static_cast<std::uint8_t*>(memory), size};
}

LowMemory::~LowMemory() {
    if (!bytes_.empty()) {
        ::munmap(bytes_.data(), bytes_.size());
    }
}

}  // namespace openmosix
