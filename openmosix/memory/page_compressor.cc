// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/page_compressor.h"

#include <lz4.h>

#include <algorithm>
#include <ctime>

#include "clocks/read_clock.h"

namespace openmosix {

namespace {

// NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): LZ4 takes bytes as characters
const char* as_characters(std::span<const std::uint8_t> bytes) {
    return reinterpret_cast<const char*>(bytes.data());
}

char* as_characters(std::span<std::uint8_t> bytes) {
    return reinterpret_cast<char*>(bytes.data());
}
// NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)

}  // namespace

std::span<const std::uint8_t> PageCompressor::pack(std::span<const std::uint8_t> pages) {
    if (!choice_.should_pack(link_rate_())) {
        return {};
    }
    // What does not become smaller is no use: LZ4 gives up then.
    packed_.resize(std::max(packed_.size(), pages.size() - 1));
    const std::span<std::uint8_t> space = std::span(packed_).first(pages.size() - 1);
    const std::int64_t began = read_clock(CLOCK_MONOTONIC);
    const int size = ::LZ4_compress_default(as_characters(pages), as_characters(space), static_cast<int>(pages.size()),
                                            static_cast<int>(space.size()));
    const std::size_t result = size > 0 ? static_cast<std::size_t>(size) : pages.size();
    choice_.measured(pages.size(), result, read_clock(CLOCK_MONOTONIC) - began);
    return size > 0 ? space.first(result) : std::span<const std::uint8_t>();
}

bool unpack_pages(std::span<const std::uint8_t> packed, std::span<std::uint8_t> pages) {
    const int size = ::LZ4_decompress_safe(as_characters(packed), as_characters(pages), static_cast<int>(packed.size()),
                                           static_cast<int>(pages.size()));
    return size >= 0 && static_cast<std::size_t>(size) == pages.size();
}

}  // namespace openmosix
