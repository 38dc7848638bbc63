// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <random>
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

/// Sends the memory of a process that runs over its page connection, so that little is missing when it follows. It ends
/// early when the process changes its memory faster than that pays: what is sent in vain stays below an eighth of the
/// memory.
class AdvanceCopy {
public:
    /// Finds the first `max_pages` pages of `memory` that are present. The connection's reading side continues with
    /// `reader`.
    AdvanceCopy(pid_t pid, int socket, PageReader& reader, const PageRanges& memory, std::uint64_t max_pages);

    /// Sends until all is sent, the process changes too much of it, the time is over or one of the descriptors is
    /// readable. The peer has dealt with all that was sent then. Calls `tell` about once in a second. Throws
    /// std::runtime_error when the connection ends or the peer is silent.
    void run(std::span<const int> interrupts, std::chrono::steady_clock::time_point until,
             const std::function<void()>& tell);

    /// How many bytes of memory are to be sent.
    [[nodiscard]] std::uint64_t bytes() const { return pages_ * page_size; }
    /// How many bytes of memory the peer has, headers included.
    [[nodiscard]] std::uint64_t sent() const { return unconfirmed_.done(); }
    /// The pages that the peer has.
    [[nodiscard]] KnownPages& known() { return known_; }

private:
    void add(std::uint64_t page);
    /// Makes these pages the output, compressed if that pays.
    void put(std::uint64_t address, std::span<const std::uint8_t> pages);
    /// Makes the next message, of at most so many pages. False when nothing is left.
    bool fill_output(std::uint64_t most);
    [[nodiscard]] bool changes_too_fast();
    void take(const PageHeader& header);
    void flush();
    /// False when one of the interrupts has come.
    bool wait(std::span<const int> interrupts, int milliseconds);

    MemoryFile memory_;
    int socket_;
    PageReader& reader_;
    LinkPace pace_;
    PageCompressor compressor_;
    UnconfirmedMessages unconfirmed_;
    KnownPages known_;
    /// What is still to be sent, and where in it we are.
    std::vector<PageRange> present_;
    std::size_t range_ = 0;
    std::uint64_t pages_ = 0;
    std::vector<std::uint64_t> sent_pages_;
    std::uint64_t next_look_ = 0;
    std::vector<std::uint8_t> content_;
    std::vector<std::uint8_t> output_;
    std::size_t sent_ = 0;
    std::minstd_rand random_;
    bool has_begun_ = false;
};

/// True if it pays to go on: `sent` of `pages` have been sent, and of `looked_at` of these that were read again
/// `changed` had changed.
bool pays_to_copy_ahead(std::uint64_t pages, std::uint64_t sent, unsigned looked_at, unsigned changed);

}  // namespace openmosix
