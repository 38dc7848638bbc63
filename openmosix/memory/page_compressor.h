// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "memory/link_rate.h"
#include "memory/packing_choice.h"

namespace openmosix {

/// Compresses pages for a connection by LZ4 when they are there sooner so (PackingChoice). One thread.
class PageCompressor {
public:
    explicit PageCompressor(LinkRate link_rate) : link_rate_(std::move(link_rate)) {}

    /// Returns these pages as a block of LZ4, valid until the next call; nothing when they shall go as they are.
    std::span<const std::uint8_t> pack(std::span<const std::uint8_t> pages);

private:
    LinkRate link_rate_;
    PackingChoice choice_;
    std::vector<std::uint8_t> packed_;
};

/// Unpacks a block of LZ4 that has exactly as many bytes as `pages`. False for any other bytes; what is in `pages` then
/// is undefined.
bool unpack_pages(std::span<const std::uint8_t> packed, std::span<std::uint8_t> pages);

}  // namespace openmosix
