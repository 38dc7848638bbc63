// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "memory/page_ranges.h"
#include "memory/page_reader.h"
#include "memory/present_pages.h"
#include "tracee/memory_file.h"

namespace openmosix {

/// The side of a page connection that has the pages: serves requests at once, and pushes all others meanwhile. Each
/// page is sent once. The process whose pages they are must not run.
class PageSource {
public:
    struct Plan {
        /// What can be asked for.
        PageRanges all;
        /// Of these, what comes from files, so that pages which the process never touched are only sent on request.
        PageRanges of_files;
        /// Pushed before all others.
        std::vector<PageRange> first;
    };

    /// Reads the process's memory; the connection's reading side continues with `reader`.
    PageSource(pid_t pid, int socket, PageReader& reader, Plan plan);

    /// Until `stop` (an eventfd) is readable or the connection ends; false then. Throws as PageReader does.
    bool run(int stop);

    struct Traffic {
        std::uint64_t bytes = 0;
        /// When the first could be sent: nanoseconds of CLOCK_MONOTONIC.
        std::int64_t begin = 0;
    };
    /// What has gone until now. Safe in any thread.
    [[nodiscard]] Traffic sent() const {
        const std::lock_guard lock(mutex_);
        return traffic_;
    }

    /// More to be asked for. Safe in any thread.
    void add_of_file(const PageRange& range);

private:
    void take(const PageHeader& header);
    void fill_output();
    bool fill_with_request();
    bool fill_with_push();
    void send_range(std::uint64_t start, std::uint64_t end, bool on_request);
    void put(PageHeader::Kind kind, std::uint64_t start, std::uint64_t end);
    bool flush();
    void add_late_ranges();

    MemoryFile memory_;
    PresentPages present_;
    int socket_;
    PageReader& reader_;
    PageRanges unsent_;
    PageRanges unpushed_;
    PageRanges of_files_;
    std::deque<PageRange> requests_;
    std::vector<std::uint8_t> output_;
    std::size_t sent_ = 0;
    bool has_begun_ = false;
    bool has_said_done_ = false;
    std::uint64_t next_ = 0;
    /// Guards what follows, which other threads read or write. An i486 has no atomics of 64 bits.
    mutable std::mutex mutex_;
    Traffic traffic_;
    std::vector<PageRange> late_;
};

}  // namespace openmosix
