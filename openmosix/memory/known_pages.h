// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>

#include "memory/page_hash.h"
#include "memory/page_ranges.h"

namespace openmosix {

/// What the other side has of a process's memory, as hashes. Not safe in several threads.
class KnownPages {
public:
    KnownPages() : KnownPages(64) {}
    /// `hash_bits` of each hash are kept: fewer only for tests, where hashes shall collide.
    explicit KnownPages(unsigned hash_bits);

    /// Notes that it has this page with this content, whatever it had before.
    void add(std::uint64_t address, std::span<const std::uint8_t> content);
    /// The whole hash of this content if the other side has it there, as far as what is kept of a hash says.
    [[nodiscard]] std::optional<PageHash> find(std::uint64_t address, std::span<const std::uint8_t> content) const;
    void forget(const PageRange& range);
    /// The seed of the hashes; 0 when nothing is known.
    [[nodiscard]] std::uint64_t seed() const { return hasher_ ? hasher_->seed() : 0; }

private:
    [[nodiscard]] std::uint64_t kept(const PageHash& hash) const { return (hash.first ^ hash.second) & mask_; }

    std::uint64_t mask_;
    /// Its seed is random, so that no content collides in all processes.
    std::optional<PageHasher> hasher_;
    std::unordered_map<std::uint64_t, std::uint64_t> hashes_;
};

}  // namespace openmosix
