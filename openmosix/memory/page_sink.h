// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "common/file_descriptor.h"
#include "memory/known_pages.h"
#include "memory/low_memory.h"
#include "memory/page_ranges.h"
#include "memory/page_reader.h"
#include "memory/page_store.h"
#include "memory/watched_memory.h"

namespace openmosix {

/// The side of a page connection that lacks pages: answers the faults of a process by userfaultfd(2), asks for what
/// they touch, and puts in place what comes. One thread calls run(), the others' functions are safe in any thread.
class PageSink {
public:
    /// Of a process that does not wait by itself, which must stay stopped until nothing is missing.
    PageSink(WatchedMemory memory, int socket, PageReader& reader);
    PageSink(const PageSink&) = delete;
    PageSink& operator=(const PageSink&) = delete;
    PageSink(PageSink&&) = delete;
    PageSink& operator=(PageSink&&) = delete;
    ~PageSink() = default;

    /// Where pages are that need not come again; before run().
    void hold(std::shared_ptr<PageStore> held);
    /// From now on what the peer has is remembered, but for what is watched for changes; before run().
    void remember_pages() { remembers_ = true; }
    /// What the peer has. When run() has returned.
    [[nodiscard]] KnownPages& known() { return known_; }

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
    void read_faults();
    void fault(std::uint64_t address);
    void place(const PageHeader& header, std::span<const std::uint8_t> payload);
    /// Of this range, what is missing.
    void copy_in(const PageRange& range, std::span<const std::uint8_t> pages);
    /// From what is held, where that has these hashes; what was. `hashes` as PageHeader::Kind::same has it.
    PageRanges copy_held(const PageRange& range, std::span<const std::uint8_t> hashes);
    void ask_again(const PageRange& range);
    void arrive_at(const PageRange& range, bool are_zeros);
    void say(PageHeader::Kind kind, std::uint64_t start, std::uint64_t end);
    void ask(std::uint64_t start, std::uint64_t end);
    void ask_ahead(std::uint64_t start);
    void confirm();
    bool flush();
    /// What is half said is said, and the rest forgotten; false when the connection has ended.
    bool finish_message();
    void finish(const std::function<void()>& complete);
    [[nodiscard]] bool lacks_more_than_files() const;

    WatchedMemory memory_;
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
    PageHasher file_hasher_{random_seed()};
    std::unordered_map<std::uint64_t, PageHash> hashes_;
    /// For what is held.
    std::optional<PageHasher> hasher_;
    std::shared_ptr<PageStore> held_;
    bool remembers_ = false;
    KnownPages known_;
    /// Where held pages are put together.
    std::optional<LowMemory> bounce_;
    std::vector<std::uint8_t> output_;
    /// Bytes that have gone.
    std::uint64_t said_ = 0;
    /// Where a program that goes through its memory in order faults next.
    std::uint64_t expected_fault_ = 0;
    /// How many pages such a program is given ahead; 0 for any other.
    std::uint64_t pages_ahead_ = 0;
    /// work_of() of what has come, and of that what the peer knows of.
    std::uint64_t received_ = 0;
    std::uint64_t confirmed_ = 0;
    bool has_ended_ = false;
    bool is_complete_ = false;
    bool peer_is_done_ = false;
};

}  // namespace openmosix
