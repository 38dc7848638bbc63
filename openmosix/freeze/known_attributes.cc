// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/known_attributes.h"

#include <iterator>

namespace openmosix {

KnownAttributes::KnownAttributes(const std::vector<MappedRange>& map) {
    for (const MappedRange& range : map) {
        add(range.start, range.end, range.attributes);
    }
}

KnownAttributes::KnownAttributes(const std::vector<ImageRange>& ranges) : elsewhere_(0) {
    for (const ImageRange& range : ranges) {
        add(range.start, range.end, range.attributes);
    }
}

void KnownAttributes::add(std::uint64_t start, std::uint64_t end, std::uint32_t attributes) {
    by_start_.insert_or_assign(start, Known{end, attributes});
}

std::optional<std::uint32_t> KnownAttributes::of(std::uint64_t start, std::uint64_t end) const {
    auto known = by_start_.upper_bound(start);
    if (known != by_start_.begin() && std::prev(known)->second.end > start) {
        --known;
    }
    std::optional<std::uint32_t> result;
    for (; known != by_start_.end() && known->first < end; ++known) {
        if (result && *result != known->second.attributes) {
            return std::nullopt;
        }
        result = known->second.attributes;
    }
    return result ? result : elsewhere_;
}

std::vector<MappedRange> read_memory_map(pid_t pid, const KnownAttributes& known) {
    auto map = read_memory_map(pid);
    for (MappedRange& range : map) {
        if (is_kernel_page(range)) {
            continue;
        }
        const auto attributes = known.of(range.start, range.end);
        if (!attributes) {
            return read_detailed_map(pid);
        }
        range.attributes = *attributes;
    }
    return map;
}

}  // namespace openmosix
