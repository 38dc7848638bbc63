// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#include "abi.h"

namespace openmosix {

/// Of every block of a request.
inline constexpr std::size_t block_alignment = 16;

constexpr std::size_t align_up(std::size_t offset, std::size_t alignment) {
    return (offset + alignment - 1) / alignment * alignment;
}

/// Returns the power of two of which the area's offset of a buffer must leave the same rest as its address. O_DIRECT
/// (open(2)) wants whole logical blocks of the device, at least 512 bytes, at addresses that are multiples of that
/// block or, since Linux 6.0, of what the device's DMA wants (block/bdev.c, bdev_iter_is_aligned()): what may be such a
/// buffer stays at its place in a page, or in 512 bytes. Others have any multiple of block_alignment.
constexpr std::uint64_t alignment_that_counts(std::uint64_t address, std::uint64_t size) {
    constexpr std::uint64_t min_block = 512;
    if (size < min_block || size % min_block != 0) {
        return 1;
    }
    return address % min_block == 0 ? page_size : min_block;
}

/// Whether a buffer of the process may lie at this offset of the area.
constexpr bool can_lie_at(std::size_t offset, std::uint64_t address, std::uint64_t size) {
    const std::uint64_t alignment = alignment_that_counts(address, size);
    return offset % alignment == address % alignment;
}

/// Where a buffer of the process comes to lie, from `offset` on.
constexpr std::size_t place_of_buffer(std::size_t offset, std::uint64_t address, std::uint64_t size) {
    const auto alignment = static_cast<std::size_t>(alignment_that_counts(address, size));
    if (alignment == 1) {
        return align_up(offset, block_alignment);
    }
    const std::size_t place = offset / alignment * alignment + static_cast<std::size_t>(address % alignment);
    return place >= offset ? place : place + alignment;
}

}  // namespace openmosix
