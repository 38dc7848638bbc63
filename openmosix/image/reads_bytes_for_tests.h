// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "image/image_file.h"

namespace openmosix {

/// Reads from memory, which must live as long.
inline ImageReader::Read reads_bytes(std::span<const std::uint8_t> bytes) {
    return [rest = bytes](std::span<std::uint8_t> into) mutable {
        const std::size_t size = std::min(into.size(), rest.size());
        std::copy_n(rest.begin(), size, into.begin());
        rest = rest.subspan(size);
        return size;
    };
}

}  // namespace openmosix
