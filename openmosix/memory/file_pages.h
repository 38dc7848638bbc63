// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>

#include "image/process_image.h"
#include "memory/page_ranges.h"

namespace openmosix {

/// Pages of file mappings that were changed elsewhere, on their way home: at most one for each page that can have been
/// changed, so that the peer decides neither how much memory they take nor where they are written.
class FilePages {
public:
    /// Forgets all. From now on those are expected that belong to the image's files, and those with the program's
    /// arguments and environment, which come in the same way.
    void expect(const ProcessImage& image);
    /// Takes a page, in place of an earlier one of the same address. False when it is none that is expected.
    [[nodiscard]] bool add(std::uint64_t address, Bytes content);
    /// By address.
    [[nodiscard]] const std::map<std::uint64_t, Bytes>& all() const { return pages_; }
    void clear() { pages_.clear(); }

private:
    PageRanges expected_;
    std::map<std::uint64_t, Bytes> pages_;
};

}  // namespace openmosix
