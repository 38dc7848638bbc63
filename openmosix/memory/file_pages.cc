// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/file_pages.h"

#include <utility>

namespace openmosix {

void FilePages::expect(const ProcessImage& image) {
    pages_.clear();
    expected_ = PageRanges();
    PageRanges arguments;
    arguments.add(image.layout.arg_start & ~(page_size - 1), (image.layout.env_end + page_size - 1) & ~(page_size - 1));
    for (const ImageRange& range : image.ranges) {
        if (range.content == ImageRange::Content::file) {
            expected_.add(range.start, range.end);
        }
        for (const PageRange& part : arguments.within(range.start, range.end)) {
            expected_.add(part.start, part.end);
        }
    }
}

bool FilePages::add(std::uint64_t address, Bytes content) {
    if (content.size() != page_size || address % page_size != 0 || !expected_.contains(address)) {
        return false;
    }
    pages_.insert_or_assign(address, std::move(content));
    return true;
}

}  // namespace openmosix
