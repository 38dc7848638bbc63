// SPDX-License-Identifier: GPL-2.0-or-later
//
// libFuzzer target: any two address spaces, any mappings that are kept and any pages that are valid. A plan that is
// made gives, step by step, the wanted one: with its protections, and with content of before in what is unchanged and
// in files only.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

#include "common/fuzz/require.h"
#include "image/mapping_attributes.h"
#include "memory/layout_plan.h"

namespace {

using namespace openmosix;

constexpr std::size_t max_pages = 256;

struct Page {
    std::uint8_t protection = 0;
    bool is_file = false;
    /// Has what it had before all steps.
    bool is_old = false;
    /// Is in the mapping in which it was before all steps.
    bool is_same_mapping = false;
};
using Pages = std::array<std::optional<Page>, max_pages>;

class Numbers {
public:
    explicit Numbers(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
    std::uint8_t next() {
        if (bytes_.empty()) {
            return 0;
        }
        const std::uint8_t number = bytes_.front();
        bytes_ = bytes_.subspan(1);
        return number;
    }

private:
    std::span<const std::uint8_t> bytes_;
};

/// Mostly in order, as otherwise nearly all would be refused.
std::vector<ImageRange> take_ranges(Numbers& numbers) {
    std::vector<ImageRange> ranges(numbers.next() % 16);
    std::uint64_t end = 0;
    for (ImageRange& range : ranges) {
        const std::uint8_t kind = numbers.next();
        range.start = end + numbers.next() % 8 * page_size;
        range.end = range.start + (numbers.next() % 8 + std::uint64_t{1}) * page_size;
        range.protection = kind % 8;
        range.attributes = ((kind & 8U) != 0 ? mapping_attribute::grows_down : 0) |
                           ((kind & 32U) != 0 ? mapping_attribute::wipe_on_fork : 0);
        range.content = (kind & 16U) != 0 ? ImageRange::Content::file : ImageRange::Content::anonymous;
        if (kind >= 0xf0) {
            // What is invalid.
            range.start += kind % 4 == 0 ? 1 : 0;
            range.end -= std::min(kind % 4 * page_size, range.end);
        }
        end = range.end;
    }
    return ranges;
}

PageRanges take_pages(Numbers& numbers) {
    PageRanges pages;
    for (int count = numbers.next() % 16; count > 0; --count) {
        const std::uint64_t start = numbers.next() * page_size;
        pages.add(start, start + numbers.next() % 16 * page_size);
    }
    return pages;
}

Pages pages_of(const std::vector<ImageRange>& ranges) {
    Pages pages;
    for (const ImageRange& range : ranges) {
        for (std::uint64_t page = range.start / page_size; page < range.end / page_size; ++page) {
            pages.at(page) = {range.protection, range.content == ImageRange::Content::file, true, true};
        }
    }
    return pages;
}

void carry_out(const LayoutStep& step, Pages& pages) {
    require(step.start < step.end && step.start % page_size == 0 && step.end % page_size == 0);
    for (std::uint64_t place = step.start / page_size; place < step.end / page_size; ++place) {
        std::optional<Page>& page = pages.at(place);
        switch (step.kind) {
            case LayoutStep::Kind::unmap:
                page.reset();
                break;
            case LayoutStep::Kind::map:
                page = {step.protection, false, false, false};
                break;
            case LayoutStep::Kind::grow:
                require(!page.has_value());
                page = {step.protection, false, false, false};
                break;
            case LayoutStep::Kind::protect:
                require(page.has_value());
                page->protection = step.protection;
                break;
            case LayoutStep::Kind::advise:
                require(page.has_value());
                break;
            case LayoutStep::Kind::discard:
                require(page.has_value() && !page->is_file);
                page->is_old = false;
                break;
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Numbers numbers({data, size});
    const auto current = take_ranges(numbers);
    const auto wanted = take_ranges(numbers);
    Unchanged unchanged;
    unchanged.pages = take_pages(numbers);
    unchanged.mappings = take_pages(numbers);
    std::vector<LayoutStep> steps;
    try {
        steps = plan_layout(current, wanted, unchanged);
    } catch (const std::runtime_error&) {
        return 0;
    }
    const Pages before = pages_of(current);
    const Pages after = pages_of(wanted);
    Pages pages = before;
    for (const LayoutStep& step : steps) {
        require(step.kind == LayoutStep::Kind::grow || to_call(step, Abi::amd64).arguments[0] == step.start);
        carry_out(step, pages);
    }
    for (std::size_t i = 0; i < pages.size(); ++i) {
        const auto& page = pages.at(i);
        require(page.has_value() == after.at(i).has_value());
        if (page) {
            const std::uint64_t address = i * page_size;
            const bool may_be_kept = before.at(i) && before.at(i)->is_file == after.at(i)->is_file;
            const bool is_unchanged = unchanged.mappings.contains(address) && unchanged.pages.contains(address);
            require(page->is_same_mapping == (may_be_kept && (page->is_file || unchanged.mappings.contains(address))));
            require(page->protection == after.at(i)->protection);
            require(page->is_old == (may_be_kept && (page->is_file || is_unchanged)));
            // A file's pages that are new come from the peer, too, and so lie in an anonymous mapping.
            require(page->is_file == (may_be_kept && after.at(i)->is_file));
        }
    }
    return 0;
}
