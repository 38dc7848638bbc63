// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <unordered_map>
#include <vector>

#include "common/file_descriptor.h"
#include "memory/page_ranges.h"
#include "memory/page_reader.h"
#include "tracee/memory_file.h"

namespace openmosix {

/// The side of a page connection that lacks pages: answers the faults of a process by userfaultfd(2), asks for what
/// they touch, and puts in place what comes. One thread calls run(), the others' functions are safe in any thread.
class PageSink {
public:
    /// `faults` is the userfaultfd of the process, already started (UFFDIO_API).
    PageSink(clusterdisc::FileDescriptor faults, int socket, PageReader& reader);
    /// Of a process without one, which must stay stopped until nothing is missing. `memory` must live longer.
    PageSink(const MemoryFile& memory, int socket, PageReader& reader);
    PageSink(const PageSink&) = delete;
    PageSink& operator=(const PageSink&) = delete;
    PageSink(PageSink&&) = delete;
    PageSink& operator=(PageSink&&) = delete;
    ~PageSink() = default;

    /// From now on the process waits for us when it touches a page that is not there, and those of `missing` (within
    /// the range) come from the peer; all others are zeros. Throws std::system_error.
    void watch(const PageRange& range, const PageRanges& missing);
    /// Pages that come for this range are remembered by their hash, for changed_pages().
    void watch_for_changes(const PageRange& range);

    /// This range, which is watched, is watched as long as the sink is there: it grows, and what stopped watching a
    /// part of it would make two mappings of one.
    void keep_watching(const PageRange& range);

    /// Until `stop` (an eventfd) is readable (true) or the connection ends (false). Calls `complete` once, when the
    /// peer has sent all that it sends unasked and nothing else is missing than pages of files, and watches only these
    /// then.
    bool run(int stop, const std::function<void()>& complete);

    /// The process gives this range up: what is missing in it stays away.
    void forget(const PageRange& range);
    /// Waits until nothing is missing in this range. False when the connection ended before.
    bool fetch(const PageRange& range);
    [[nodiscard]] PageRanges missing() const;
    /// Whether a page that came for a watched range is still what it was.
    [[nodiscard]] bool is_unchanged(std::uint64_t address, std::span<const std::uint8_t> page) const;

private:
    PageSink(clusterdisc::FileDescriptor faults, const MemoryFile* memory, int socket, PageReader& reader);

    void read_faults();
    void fault(std::uint64_t address);
    void place(const PageHeader& header, std::span<const std::uint8_t> pages);
    void copy(std::uint64_t start, std::span<const std::uint8_t> pages);
    void zero(std::uint64_t start, std::uint64_t end);
    void say(PageHeader::Kind kind, std::uint64_t start, std::uint64_t end);
    void ask(std::uint64_t start, std::uint64_t end);
    bool flush();
    /// Throws std::system_error when a range cannot be watched.
    void start_watching(const PageRange& range);
    void finish(const std::function<void()>& complete);
    [[nodiscard]] bool lacks_more_than_files() const;
    void stop_watching(std::uint64_t start, std::uint64_t end);

    /// Closed: pages are written to memory_.
    clusterdisc::FileDescriptor faults_;
    const MemoryFile* memory_;
    clusterdisc::FileDescriptor wake_;
    int socket_;
    PageReader& reader_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    PageRanges missing_;
    PageRanges asked_;
    PageRanges hashed_;
    /// Also when all is complete.
    PageRanges kept_;
    PageRanges watched_;
    /// Faults that wait for the peer.
    std::set<std::uint64_t> waiting_;
    std::unordered_map<std::uint64_t, std::uint64_t> hashes_;
    std::vector<std::uint8_t> output_;
    std::uint64_t expected_fault_ = 0;
    std::uint64_t window_ = 1;
    bool has_ended_ = false;
    bool is_complete_ = false;
    bool peer_is_done_ = false;
};

/// A hash of a page's bytes, to see whether it was changed by the program (not by somebody who wants to deceive).
std::uint64_t page_hash(std::span<const std::uint8_t> page);

}  // namespace openmosix
