// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/page_ranges.h"

#include <algorithm>
#include <iterator>

namespace openmosix {

namespace {

/// The first range that ends after this address.
template <typename Map>
auto first_ending_after(Map& ranges, std::uint64_t address) {
    auto range = ranges.upper_bound(address);
    if (range != ranges.begin()) {
        const auto before = std::prev(range);
        if (before->second > address) {
            return before;
        }
    }
    return range;
}

}  // namespace

void PageRanges::add(std::uint64_t start, std::uint64_t end) {
    if (start >= end) {
        return;
    }
    auto range = ranges_.upper_bound(start);
    if (range != ranges_.begin() && std::prev(range)->second >= start) {
        --range;
        start = range->first;
    }
    while (range != ranges_.end() && range->first <= end) {
        end = std::max(end, range->second);
        bytes_ -= range->second - range->first;
        range = ranges_.erase(range);
    }
    ranges_.emplace(start, end);
    bytes_ += end - start;
}

void PageRanges::remove(std::uint64_t start, std::uint64_t end) {
    if (start >= end) {
        return;
    }
    auto range = first_ending_after(ranges_, start);
    while (range != ranges_.end() && range->first < end) {
        const PageRange old{range->first, range->second};
        bytes_ -= std::min(old.end, end) - std::max(old.start, start);
        range = ranges_.erase(range);
        if (old.start < start) {
            ranges_.emplace(old.start, start);
        }
        if (old.end > end) {
            ranges_.emplace(end, old.end);
            return;
        }
    }
}

bool PageRanges::contains(std::uint64_t address) const {
    const auto range = first_ending_after(ranges_, address);
    return range != ranges_.end() && range->first <= address;
}

bool PageRanges::overlaps(std::uint64_t start, std::uint64_t end) const {
    const auto range = first_ending_after(ranges_, start);
    return start < end && range != ranges_.end() && range->first < end;
}

std::vector<PageRange> PageRanges::within(std::uint64_t start, std::uint64_t end) const {
    std::vector<PageRange> result;
    for (auto range = first_ending_after(ranges_, start); range != ranges_.end() && range->first < end; ++range) {
        const PageRange part{std::max(start, range->first), std::min(end, range->second)};
        if (part.start < part.end) {
            result.push_back(part);
        }
    }
    return result;
}

std::optional<PageRange> PageRanges::first_from(std::uint64_t address) const {
    const auto range = first_ending_after(ranges_, address);
    if (range == ranges_.end()) {
        return std::nullopt;
    }
    return PageRange{range->first, range->second};
}

std::vector<PageRange> PageRanges::all() const {
    std::vector<PageRange> result;
    for (const auto& [start, end] : ranges_) {
        result.push_back({start, end});
    }
    return result;
}

}  // namespace openmosix
