// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "common/file_descriptor.h"

namespace openmosix {

/// Which pages of a process have a content (/proc/PID/pagemap). Addresses are multiples of page_size.
class PresentPages {
public:
    /// Throws std::system_error.
    explicit PresentPages(pid_t pid);

    /// Of each page from `start` to `end`, which should not be far apart; those of which it cannot be known are taken
    /// as present. Throws ProcessEnded.
    [[nodiscard]] std::vector<bool> within(std::uint64_t start, std::uint64_t end) const;
    /// From `start` up to what is returned, at most `end`, no page is present. Where the kernel has PAGEMAP_SCAN (Linux
    /// 6.7), that is the first present one, or `end`, and takes no time by the distance; else it may be less. Throws
    /// ProcessEnded.
    [[nodiscard]] std::uint64_t first_from(std::uint64_t start, std::uint64_t end);

private:
    clusterdisc::FileDescriptor file_;
    bool can_scan_ = true;
};

}  // namespace openmosix
