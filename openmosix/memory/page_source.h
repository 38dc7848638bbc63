// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <vector>

#include "memory/known_pages.h"
#include "memory/link_pace.h"
#include "memory/page_compressor.h"
#include "memory/page_ranges.h"
#include "memory/page_reader.h"
#include "memory/present_pages.h"
#include "memory/unconfirmed_messages.h"
#include "tracee/memory_file.h"

namespace openmosix {

/// The side of a page connection that has the pages: serves requests at once, and pushes all others meanwhile, so many
/// at a time that what is requested need not wait for them (LinkPace). Each page is sent once, unless the peer lacks
/// what it was said to have. The process whose pages they are must not run.
class PageSource {
public:
    struct Plan {
        /// What can be asked for.
        PageRanges all;
        /// Of these, what comes from files, so that pages which the process never touched are only sent on request.
        PageRanges of_files;
        /// Pushed before all others.
        std::vector<PageRange> first;
        /// What the peer has already, but for what has changed since.
        KnownPages known;
        /// Where it is not the connection's own (rate_of_connection()).
        LinkRate link_rate;
    };

    /// Reads the process's memory; the connection's reading side continues with `reader`.
    PageSource(pid_t pid, int socket, PageReader& reader, Plan plan);

    /// Until `stop` (an eventfd) is readable or the connection ends; false then. Throws as PageReader does.
    bool run(int stop);

    struct Traffic {
        std::uint64_t bytes = 0;
        /// The same if nothing had been compressed.
        std::uint64_t unpacked = 0;
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
    bool fill_with_read_ahead(std::int64_t now);
    bool fill_with_push(std::int64_t now);
    void send_range(std::uint64_t start, std::uint64_t end, bool on_request);
    /// Adds a message to the output.
    void put(PageHeader::Kind kind, std::uint64_t start, std::uint64_t end, std::span<const std::uint8_t> payload = {});
    /// Adds these pages, compressed if that pays.
    void put_data(std::uint64_t start, std::span<const std::uint8_t> pages);
    /// What is present: as data, or as what the peer has.
    void put_present(std::uint64_t start, std::uint64_t end);
    void read_pages(std::uint64_t start, std::span<std::uint8_t> pages);
    void send_again(const PageRange& range);
    void confirm(std::int64_t now, std::uint64_t work);
    /// True if the peer has as much to copy and to unpack as it may keep somebody waiting for.
    [[nodiscard]] bool is_peer_busy() const;
    bool flush();
    void add_late_ranges();
    /// For poll(2): how long there is nothing to do but to wait for the peer.
    [[nodiscard]] int milliseconds_to_wait() const;

    MemoryFile memory_;
    PresentPages present_;
    int socket_;
    PageReader& reader_;
    PageRanges unsent_;
    PageRanges unpushed_;
    PageRanges of_files_;
    LinkPace pace_;
    PageCompressor compressor_;
    std::deque<PageRange> requests_;
    std::deque<PageRange> read_ahead_;
    KnownPages known_;
    /// Of what is said to be the same, what the peer may ask for all the same.
    PageRanges same_;
    std::vector<std::uint8_t> pages_;
    std::vector<std::uint8_t> output_;
    std::size_t sent_ = 0;
    UnconfirmedMessages unconfirmed_;
    LinkPace::Reason reason_ = LinkPace::Reason::unasked;
    bool has_begun_ = false;
    bool has_said_done_ = false;
    std::uint64_t next_ = 0;
    /// Guards what follows, which other threads read or write. An i486 has no atomics of 64 bits.
    mutable std::mutex mutex_;
    Traffic traffic_;
    std::vector<PageRange> late_;
};

}  // namespace openmosix
