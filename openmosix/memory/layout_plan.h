// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "image/process_image.h"
#include "memory/page_ranges.h"
#include "tracee/agent.h"

namespace openmosix {

/// A step that makes one address space into another.
struct LayoutStep {
    enum class Kind : std::uint8_t {
        unmap,
        /// What lies behind the range and grows downwards grows over it, as if the program had touched it.
        grow,
        /// Anonymous, private, in the place of whatever is there.
        map,
        protect,
        /// madvise(2) with `advice`.
        advise,
        /// What is there is out of date; later it reads as zeros or comes from the peer.
        discard,
    };
    Kind kind = Kind::unmap;
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    std::uint8_t protection = 0;
    /// Of `map` and `grow`: mapping_attribute.
    std::uint32_t attributes = 0;
    int advice = 0;

    bool operator==(const LayoutStep&) const = default;
};

/// What of `current` is still the same in `wanted`; whole pages.
struct Unchanged {
    /// Anonymous mappings that were not replaced. Two that are not the same must not look as one, nor one as two: the
    /// kernel remembers where a mapping was made, joins only those that were made side by side, and refuses to
    /// mremap(2) more than one.
    PageRanges mappings;
    /// Their pages that are not out of date.
    PageRanges pages;
};

/// The steps from `current` to `wanted`, both in order of addresses. Where both have a mapping of a file it is kept.
/// Throws std::runtime_error when `wanted` overlaps itself, is not of whole pages, or has a file where there is none.
std::vector<LayoutStep> plan_layout(const std::vector<ImageRange>& current, const std::vector<ImageRange>& wanted,
                                    const Unchanged& unchanged);

/// The system call that does it.
InjectedCall to_call(const LayoutStep& step, Abi abi);

}  // namespace openmosix
