// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/page_hash.h"

#include <cstring>
#include <random>

namespace openmosix {

namespace {

/// The next of a sequence (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
std::uint64_t next_of(std::uint64_t& state) {
    state += 0x9e3779b97f4a7c15;
    std::uint64_t value = state;
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111eb;
    return value ^ (value >> 31U);
}

}  // namespace

PageHasher::PageHasher(std::uint64_t seed) : seed_(seed) {
    std::uint64_t state = seed;
    for (std::uint32_t& word : key_) {
        word = static_cast<std::uint32_t>(next_of(state) >> 32U);
    }
}

PageHash PageHasher::operator()(std::span<const std::uint8_t> page) const {
    PageHash hash;
    const std::uint8_t* from = page.first(page_size).data();
    for (std::size_t i = 0; i < words; i += 2, from += 2 * sizeof(std::uint32_t)) {
        std::array<std::uint32_t, 2> pair{};
        std::memcpy(pair.data(), from, sizeof pair);
        // Sums of 32 bits, as NH wants them.
        const std::uint32_t left = pair[0] + key_[i];
        const std::uint32_t right = pair[1] + key_[i + 1];
        const std::uint32_t further_left = pair[0] + key_[i + shift];
        const std::uint32_t further_right = pair[1] + key_[i + shift + 1];
        hash.first += std::uint64_t{left} * right;
        hash.second += std::uint64_t{further_left} * further_right;
    }
    return hash;
}

std::uint64_t random_seed() {
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
}

}  // namespace openmosix
