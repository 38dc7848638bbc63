// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/layout_plan.h"

#include <sys/mman.h>

#include <set>
#include <stdexcept>

#include "tracee/call_numbers.h"

namespace openmosix {

namespace {

void check(const std::vector<ImageRange>& ranges) {
    std::uint64_t end = 0;
    for (const ImageRange& range : ranges) {
        if (range.start < end || range.end <= range.start || range.start % page_size != 0 ||
            range.end % page_size != 0) {
            throw std::runtime_error("invalid address space: ranges overlap or are not whole pages");
        }
        end = range.end;
    }
}

/// Walks through ranges as the address grows.
class Cursor {
public:
    explicit Cursor(const std::vector<ImageRange>& ranges) : ranges_(ranges) {}

    const ImageRange* at(std::uint64_t address) {
        while (next_ < ranges_.size() && ranges_[next_].end <= address) {
            ++next_;
        }
        const bool is_inside = next_ < ranges_.size() && ranges_[next_].start <= address;
        return is_inside ? &ranges_[next_] : nullptr;
    }

private:
    const std::vector<ImageRange>& ranges_;
    std::size_t next_ = 0;
};

class Steps {
public:
    void add(const LayoutStep& step) {
        if (!steps_.empty() && steps_.back().kind == step.kind && steps_.back().end == step.start &&
            steps_.back().protection == step.protection && steps_.back().grows_down == step.grows_down) {
            steps_.back().end = step.end;
        } else {
            steps_.push_back(step);
        }
    }
    std::vector<LayoutStep> take() { return std::move(steps_); }

private:
    std::vector<LayoutStep> steps_;
};

bool is_file(const ImageRange& range) {
    return range.content == ImageRange::Content::file;
}

}  // namespace

std::vector<LayoutStep> plan_layout(const std::vector<ImageRange>& current, const std::vector<ImageRange>& wanted,
                                    const Unchanged& unchanged) {
    check(current);
    check(wanted);
    std::set<std::uint64_t> borders;
    for (const auto* ranges : {&current, &wanted}) {
        for (const ImageRange& range : *ranges) {
            borders.insert(range.start);
            borders.insert(range.end);
        }
    }
    for (const PageRange& mapping : unchanged.mappings.all()) {
        borders.insert(mapping.start);
        borders.insert(mapping.end);
    }
    // Unmapping first, and discarding apart, so that neighbouring steps of one kind become one.
    Steps unmaps;
    Steps maps;
    Steps protects;
    std::vector<LayoutStep> discards;
    Cursor has(current);
    Cursor wants(wanted);
    for (auto border = borders.begin(); border != borders.end() && std::next(border) != borders.end(); ++border) {
        const std::uint64_t start = *border;
        const std::uint64_t end = *std::next(border);
        const ImageRange* old = has.at(start);
        const ImageRange* fresh = wants.at(start);
        if (fresh == nullptr) {
            if (old != nullptr) {
                unmaps.add({LayoutStep::Kind::unmap, start, end, 0, false});
            }
            continue;
        }
        const bool is_new =
            old == nullptr || (!is_file(*fresh) && (is_file(*old) || !unchanged.mappings.contains(start)));
        if (is_new) {
            maps.add({LayoutStep::Kind::map, start, end, fresh->protection, fresh->grows_down});
            continue;
        }
        if (is_file(*fresh) && !is_file(*old)) {
            throw std::runtime_error("invalid address space: a file where there is none");
        }
        if (old->protection != fresh->protection) {
            protects.add({LayoutStep::Kind::protect, start, end, fresh->protection, false});
        }
        if (!is_file(*fresh)) {
            std::uint64_t from = start;
            for (const PageRange& part : unchanged.pages.within(start, end)) {
                if (part.start > from) {
                    discards.push_back({LayoutStep::Kind::discard, from, part.start, 0, false});
                }
                from = part.end;
            }
            if (from < end) {
                discards.push_back({LayoutStep::Kind::discard, from, end, 0, false});
            }
        }
    }
    std::vector<LayoutStep> result = unmaps.take();
    for (const auto& steps : {maps.take(), protects.take(), discards}) {
        result.insert(result.end(), steps.begin(), steps.end());
    }
    return result;
}

std::vector<InjectedCall> to_calls(const std::vector<LayoutStep>& steps, Abi abi) {
    const CallNumbers& numbers = call_numbers(abi);
    std::vector<InjectedCall> calls;
    for (const LayoutStep& step : steps) {
        const std::uint64_t length = step.end - step.start;
        switch (step.kind) {
            case LayoutStep::Kind::unmap:
                calls.push_back({numbers.munmap, {step.start, length}});
                break;
            case LayoutStep::Kind::map:
                calls.push_back({numbers.mmap,
                                 {step.start, length, step.protection,
                                  static_cast<std::uint64_t>(MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED |
                                                             (step.grows_down ? MAP_GROWSDOWN : 0)),
                                  ~std::uint64_t{0}, 0}});
                break;
            case LayoutStep::Kind::protect:
                calls.push_back({numbers.mprotect, {step.start, length, step.protection}});
                break;
            case LayoutStep::Kind::discard:
                calls.push_back({numbers.madvise, {step.start, length, MADV_DONTNEED}});
                break;
        }
    }
    return calls;
}

}  // namespace openmosix
