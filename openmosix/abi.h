// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace openmosix {

/// What a process speaks with its kernel: numbers of system calls, registers and layouts of structures.
enum class Abi : std::uint8_t { i386 = 0, amd64 = 1 };

/// Bytes of a pointer, of `long` and of `size_t`.
constexpr std::size_t word_size(Abi abi) {
    return abi == Abi::i386 ? 4 : 8;
}

constexpr const char* to_string(Abi abi) {
    return abi == Abi::i386 ? "i386" : "amd64";
}

/// i386 and amd64 agree on it.
inline constexpr std::uint64_t page_size = 4096;

}  // namespace openmosix
