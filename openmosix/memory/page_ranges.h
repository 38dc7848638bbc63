// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "abi.h"

namespace openmosix {

/// Addresses from `start` up to, without, `end`; both multiples of page_size.
struct PageRange {
    std::uint64_t start = 0;
    std::uint64_t end = 0;

    bool operator==(const PageRange&) const = default;
};

/// A set of pages, kept as ranges that neither touch nor overlap. All functions take logarithmic time in the number of
/// ranges, plus what they return or remove; one without pages (start >= end) changes nothing. Not safe in several
/// threads.
class PageRanges {
public:
    void add(std::uint64_t start, std::uint64_t end);
    void remove(std::uint64_t start, std::uint64_t end);
    void clear() {
        ranges_.clear();
        bytes_ = 0;
    }

    [[nodiscard]] bool empty() const { return ranges_.empty(); }
    [[nodiscard]] bool contains(std::uint64_t address) const;
    [[nodiscard]] bool overlaps(std::uint64_t start, std::uint64_t end) const;
    /// What of start to end is in the set, in order.
    [[nodiscard]] std::vector<PageRange> within(std::uint64_t start, std::uint64_t end) const;
    /// The first range that has anything at or after this address.
    [[nodiscard]] std::optional<PageRange> first_from(std::uint64_t address) const;
    [[nodiscard]] std::vector<PageRange> all() const;
    /// The sizes of all ranges together.
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

    bool operator==(const PageRanges&) const = default;

private:
    /// From a range's start to its end.
    std::map<std::uint64_t, std::uint64_t> ranges_;
    std::uint64_t bytes_ = 0;
};

}  // namespace openmosix
