// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/present_pages.h"

#include <fcntl.h>
#include <linux/ioctl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

#include "abi.h"
#include "tracee/process_end.h"

namespace openmosix {

namespace {

// Documentation/admin-guide/mm/pagemap.rst: bit 63 present, bit 62 swapped.
constexpr std::uint64_t has_content = std::uint64_t{3} << 62U;
/// How far first_from() looks where it has to look at each page.
constexpr std::uint64_t min_pages_of_look = 16;
constexpr std::uint64_t max_pages_of_look = 4096;

// linux/fs.h of Linux 6.7.
struct PageRegion {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    std::uint64_t categories = 0;
};
struct ScanArguments {
    std::uint64_t size = 0;
    std::uint64_t flags = 0;
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    std::uint64_t walk_end = 0;
    std::uint64_t regions = 0;
    std::uint64_t region_count = 0;
    std::uint64_t max_pages = 0;
    std::uint64_t category_inverted = 0;
    std::uint64_t category_mask = 0;
    std::uint64_t category_any_of = 0;
    std::uint64_t return_mask = 0;
};
constexpr std::uint64_t is_present_or_swapped = 1U << 3U | 1U << 4U;
constexpr unsigned long scan_request = _IOWR('f', 16, ScanArguments);

}  // namespace

PresentPages::PresentPages(pid_t pid) {
    const std::string path = "/proc/" + std::to_string(pid) + "/pagemap";
    file_ = clusterdisc::FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file_.is_open()) {
        throw std::system_error(errno, std::generic_category(), path);
    }
}

std::vector<bool> PresentPages::within(std::uint64_t start, std::uint64_t end) const {
    std::vector<std::uint64_t> entries(static_cast<std::size_t>((end - start) / page_size));
    const std::size_t size = entries.size() * sizeof(std::uint64_t);
    const ssize_t got = ::pread64(file_.number(), entries.data(), size,
                                  static_cast<off64_t>(start / page_size * sizeof(std::uint64_t)));
    if (got == 0) {
        // fs/proc/task_mmu.c, pagemap_read(): there is no address space any more.
        throw ProcessEnded();
    }
    std::vector<bool> result(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
        // What cannot be known is taken as there: reading it will tell.
        result[i] = got != static_cast<ssize_t>(size) || (entries[i] & has_content) != 0;
    }
    return result;
}

std::uint64_t PresentPages::first_from(std::uint64_t start, std::uint64_t end) {
    if (can_scan_) {
        PageRegion region;
        ScanArguments arguments;
        arguments.size = sizeof arguments;
        arguments.start = start;
        arguments.end = end;
        arguments.regions = reinterpret_cast<std::uintptr_t>(&region);  // NOLINT(*-reinterpret-cast)
        arguments.region_count = 1;
        arguments.max_pages = 1;
        arguments.category_any_of = is_present_or_swapped;
        arguments.return_mask = is_present_or_swapped;
        const int found = ::ioctl(file_.number(), scan_request, &arguments);
        if (found >= 0) {
            // Of a process that has ended, nothing is present, and that means nothing.
            static_cast<void>(within(start, start + page_size));
            return found > 0 ? std::clamp(region.start, start, end) : end;
        }
        can_scan_ = false;
    }
    // Not far at first: where there are many mappings, looking at a page takes as long as sending it.
    const std::uint64_t look_end = std::min(end, start + max_pages_of_look * page_size);
    for (std::uint64_t pages = min_pages_of_look; start < look_end; pages *= 2) {
        const std::uint64_t part_end = std::min(look_end, start + pages * page_size);
        const auto there = within(start, part_end);
        const auto first = std::ranges::find(there, true);
        if (first != there.end()) {
            return start + static_cast<std::uint64_t>(first - there.begin()) * page_size;
        }
        start = part_end;
    }
    return look_end;
}

}  // namespace openmosix
