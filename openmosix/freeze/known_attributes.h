// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "freeze/memory_map.h"
#include "image/process_image.h"

namespace openmosix {

/// What is known of the attributes of a process's mappings, so that they need not be read while it is stopped: reading
/// them takes as long as its memory is large (read_detailed_map()).
class KnownAttributes {
public:
    /// Nothing is known.
    KnownAttributes() = default;
    /// As they were when the process was running. What is mapped since is not known.
    explicit KnownAttributes(const std::vector<MappedRange>& map);
    /// All that there are: what is mapped elsewhere has none.
    explicit KnownAttributes(const std::vector<ImageRange>& ranges);

    /// Not one mapping may overlap another.
    void add(std::uint64_t start, std::uint64_t end, std::uint32_t attributes);
    /// Of a mapping at this place, which may have grown since, or consist of several that the kernel has joined; none
    /// when that is not known.
    [[nodiscard]] std::optional<std::uint32_t> of(std::uint64_t start, std::uint64_t end) const;

private:
    struct Known {
        std::uint64_t end = 0;
        std::uint32_t attributes = 0;
    };
    std::map<std::uint64_t, Known> by_start_;
    std::optional<std::uint32_t> elsewhere_;
};

/// The map of a process that stands, with attributes: what is known, or what the kernel says if something is not.
std::vector<MappedRange> read_memory_map(pid_t pid, const KnownAttributes& known);

}  // namespace openmosix
