// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "common/file_descriptor.h"
#include "memory/page_ranges.h"
#include "tracee/memory_file.h"

namespace openmosix {

/// The memory of a process that waits, where something is missing, until it is put in place by userfaultfd(2); or of
/// one that stands until nothing is missing.
class WatchedMemory {
public:
    /// `faults` is the userfaultfd of the process, already started (UFFDIO_API).
    explicit WatchedMemory(clusterdisc::FileDescriptor faults) : faults_(std::move(faults)) {}
    /// Of a process that stands. `memory` must live longer.
    explicit WatchedMemory(const MemoryFile& memory) : memory_(&memory) {}

    /// Whether the process waits by itself.
    [[nodiscard]] bool waits() const { return memory_ == nullptr; }
    /// Readable when the process waits; -1 when it never does.
    [[nodiscard]] int faults() const { return faults_.number(); }

    /// From now on it waits for pages of this range. Throws std::system_error.
    void watch(const PageRange& range) const;
    void stop_watching(const PageRange& watched) const;
    /// Puts these pages in place, and lets whoever waits for them go on. `pages` are of LowMemory. Throws
    /// std::system_error.
    void copy(std::uint64_t start, std::span<const std::uint8_t> pages) const;
    /// The same with pages of zeros.
    void zero(std::uint64_t start, std::uint64_t end) const;

private:
    clusterdisc::FileDescriptor faults_;
    const MemoryFile* memory_ = nullptr;
};

}  // namespace openmosix
