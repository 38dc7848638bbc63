// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "abi.h"

namespace openmosix {

struct PageHash {
    std::uint64_t first = 0;
    std::uint64_t second = 0;

    bool operator==(const PageHash&) const = default;
};
static_assert(sizeof(PageHash) == 16);

/// Hashes pages by NH with two keys that overlap (Black et al., "UMAC: Fast and Secure Message Authentication", 1999;
/// RFC 4418): of two pages that differ, whatever they contain, the hashes are the same for one of 2^64 keys. So a
/// change is seen unless the program knows the key.
class PageHasher {
public:
    /// Of the same seed the hashes are the same, on every machine.
    explicit PageHasher(std::uint64_t seed);

    [[nodiscard]] std::uint64_t seed() const { return seed_; }
    /// `page` has page_size bytes.
    [[nodiscard]] PageHash operator()(std::span<const std::uint8_t> page) const;

private:
    static constexpr std::size_t words = page_size / sizeof(std::uint32_t);
    /// By how many words the second key is further on.
    static constexpr std::size_t shift = 4;

    std::uint64_t seed_;
    std::array<std::uint32_t, words + shift> key_{};
};

/// One that nobody has guessed.
std::uint64_t random_seed();

}  // namespace openmosix
