// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "image/fields.h"

/// Integers as they lie in a program's memory: little-endian, each of `size` bytes, at most eight.
namespace openmosix {

inline void append_word(Bytes& bytes, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
        bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
}

template <std::integral Integer>
Bytes to_words(std::initializer_list<Integer> values, std::size_t size) {
    Bytes bytes;
    for (const Integer value : values) {
        append_word(bytes, static_cast<std::uint64_t>(value), size);
    }
    return bytes;
}

/// The one that begins at `place`, without a sign. Throws std::out_of_range when it is not all there.
inline std::uint64_t word_in(const Bytes& bytes, std::size_t place, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
        value |= std::uint64_t{bytes.at(place + i)} << (8 * i);
    }
    return value;
}

}  // namespace openmosix
