// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/watched_memory.h"

#include <linux/userfaultfd.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace openmosix {

namespace {

std::uint64_t address_of(const void* pointer) {
    return reinterpret_cast<std::uintptr_t>(pointer);  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
}

}  // namespace

void WatchedMemory::watch(const PageRange& range) const {
    uffdio_register registration{};
    registration.range = {range.start, range.end - range.start};
    registration.mode = UFFDIO_REGISTER_MODE_MISSING;
    if (::ioctl(faults_.number(), UFFDIO_REGISTER, &registration) == -1) {
        throw std::system_error(errno, std::generic_category(), "userfaultfd: cannot watch a range");
    }
}

void WatchedMemory::stop_watching(const PageRange& watched) const {
    if (watched.start < watched.end) {
        uffdio_range range{watched.start, watched.end - watched.start};
        // It fails where something was unmapped or is mapped anew; what stays watched is still answered.
        ::ioctl(faults_.number(), UFFDIO_UNREGISTER, &range);
    }
}

void WatchedMemory::copy(std::uint64_t start, std::span<const std::uint8_t> pages) const {
    if (memory_ != nullptr) {
        if (!memory_->write(start, pages)) {
            throw std::runtime_error("cannot write a page to the process's memory");
        }
        return;
    }
    std::size_t done = 0;
    std::size_t step = pages.size();
    while (done < pages.size()) {
        uffdio_copy request{};
        request.dst = start + done;
        request.src = address_of(pages.data() + done);
        request.len = std::min(step, pages.size() - done);
        if (::ioctl(faults_.number(), UFFDIO_COPY, &request) == 0) {
            done += static_cast<std::size_t>(request.len);
            continue;
        }
        if (request.copy > 0) {
            done += static_cast<std::size_t>(request.copy);
        } else if (errno == EAGAIN) {
            continue;
        } else if (step > page_size) {
            // Over several mappings, or a page is there already: one by one.
            step = page_size;
        } else if (errno != EEXIST && errno != ENOENT && errno != ESRCH && errno != ENOSPC) {
            throw std::system_error(errno, std::generic_category(), "userfaultfd: cannot place a page");
        } else {
            // It is there; the mapping is gone; the process is.
            uffdio_range range{start + done, page_size};
            ::ioctl(faults_.number(), UFFDIO_WAKE, &range);
            done += page_size;
        }
    }
}

void WatchedMemory::zero(std::uint64_t start, std::uint64_t end) const {
    for (std::uint64_t page = start; page < end; page += page_size) {
        uffdio_zeropage request{};
        request.range = {page, page_size};
        while (::ioctl(faults_.number(), UFFDIO_ZEROPAGE, &request) == -1 && errno == EAGAIN) {
        }
        uffdio_range range{page, page_size};
        ::ioctl(faults_.number(), UFFDIO_WAKE, &range);
    }
}

}  // namespace openmosix
