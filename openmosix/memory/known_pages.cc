// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/known_pages.h"

namespace openmosix {

KnownPages::KnownPages(unsigned hash_bits)
    : mask_(hash_bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << hash_bits) - std::uint64_t{1}) {}

void KnownPages::add(std::uint64_t address, std::span<const std::uint8_t> content) {
    if (!hasher_) {
        hasher_.emplace(random_seed());
    }
    hashes_[address] = kept((*hasher_)(content));
}

std::optional<PageHash> KnownPages::find(std::uint64_t address, std::span<const std::uint8_t> content) const {
    const auto found = hashes_.find(address);
    if (found == hashes_.end()) {
        return std::nullopt;
    }
    const PageHash hash = (*hasher_)(content);
    return found->second == kept(hash) ? std::optional(hash) : std::nullopt;
}

void KnownPages::forget(const PageRange& range) {
    for (std::uint64_t address = range.start; address < range.end && !hashes_.empty(); address += page_size) {
        hashes_.erase(address);
    }
}

}  // namespace openmosix
