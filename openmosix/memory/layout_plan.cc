// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/layout_plan.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <set>
#include <stdexcept>

#include "image/mapping_attributes.h"
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
            steps_.back().protection == step.protection && steps_.back().attributes == step.attributes) {
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

struct Advice {
    std::uint32_t attribute = 0;
    int set = 0;
    int clear = 0;
};
constexpr std::array<Advice, 8> advices{{
    {mapping_attribute::dont_fork, MADV_DONTFORK, MADV_DOFORK},
    {mapping_attribute::wipe_on_fork, MADV_WIPEONFORK, MADV_KEEPONFORK},
    {mapping_attribute::dont_dump, MADV_DONTDUMP, MADV_DODUMP},
    // Each takes the other away, and nothing else does.
    {mapping_attribute::huge_pages, MADV_HUGEPAGE, 0},
    {mapping_attribute::no_huge_pages, MADV_NOHUGEPAGE, 0},
    {mapping_attribute::mergeable, MADV_MERGEABLE, MADV_UNMERGEABLE},
    {mapping_attribute::sequential, MADV_SEQUENTIAL, MADV_NORMAL},
    {mapping_attribute::random_access, MADV_RANDOM, MADV_NORMAL},
}};

/// What makes the attributes of a mapping into others, but for those that only mmap(2) sets.
void advise(std::vector<LayoutStep>& steps, std::uint64_t start, std::uint64_t end, std::uint32_t old,
            std::uint32_t wanted) {
    const auto add = [&](int advice) {
        steps.push_back({.kind = LayoutStep::Kind::advise, .start = start, .end = end, .advice = advice});
    };
    for (const Advice& advice : advices) {
        if ((old & ~wanted & advice.attribute) != 0 && advice.clear != 0) {
            add(advice.clear);
        }
    }
    for (const Advice& advice : advices) {
        if ((wanted & ~old & advice.attribute) != 0) {
            add(advice.set);
        }
    }
}

bool grows_down(const ImageRange& range) {
    return (range.attributes & mapping_attribute::grows_down) != 0;
}

/// A mapping whose end is kept, and that has grown downwards from there.
struct Growth {
    std::uint64_t start = 0;
    /// Where what is kept begins.
    std::uint64_t end = 0;
    const ImageRange* old = nullptr;
    const ImageRange* fresh = nullptr;
};

/// In place of growth, a new mapping would be one of its own, with the limit of the stack's size for itself.
std::vector<Growth> find_growth(const std::vector<ImageRange>& current, const std::vector<ImageRange>& wanted,
                                const PageRanges& kept) {
    std::vector<Growth> result;
    Cursor has(current);
    for (const ImageRange& fresh : wanted) {
        const ImageRange* old = has.at(fresh.end - page_size);
        if (old == nullptr || is_file(fresh) || is_file(*old) || !grows_down(*old) || !grows_down(fresh)) {
            continue;
        }
        // The program may have unmapped its lower part and have grown it again, beyond where it ended or not so far.
        const auto parts = kept.within(std::max(old->start, fresh.start), fresh.end);
        if (parts.size() == 1 && parts.front().end == fresh.end && parts.front().start > fresh.start &&
            !kept.overlaps(fresh.start, parts.front().start)) {
            result.push_back({.start = fresh.start, .end = parts.front().start, .old = old, .fresh = &fresh});
        }
    }
    return result;
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
    std::vector<LayoutStep> advises;
    std::vector<LayoutStep> discards;
    std::vector<LayoutStep> grows;
    PageRanges grown;
    for (const Growth& growth : find_growth(current, wanted, unchanged.mappings)) {
        const std::uint64_t start = growth.start;
        const std::uint64_t end = growth.end;
        const ImageRange& fresh = *growth.fresh;
        grown.add(start, end);
        grows.push_back({.kind = LayoutStep::Kind::grow,
                         .start = start,
                         .end = end,
                         .protection = fresh.protection,
                         .attributes = fresh.attributes});
        if (growth.old->protection != fresh.protection) {
            advises.push_back(
                {.kind = LayoutStep::Kind::protect, .start = start, .end = end, .protection = fresh.protection});
        }
        advise(advises, start, end, growth.old->attributes, fresh.attributes);
        // The page by which it grew.
        discards.push_back({.kind = LayoutStep::Kind::discard, .start = start, .end = end});
    }
    Cursor has(current);
    Cursor wants(wanted);
    for (auto border = borders.begin(); border != borders.end() && std::next(border) != borders.end(); ++border) {
        const std::uint64_t start = *border;
        const std::uint64_t end = *std::next(border);
        const ImageRange* old = has.at(start);
        const ImageRange* fresh = wants.at(start);
        if (fresh == nullptr || grown.contains(start)) {
            if (old != nullptr) {
                unmaps.add({.kind = LayoutStep::Kind::unmap, .start = start, .end = end});
            }
            continue;
        }
        const bool is_new =
            old == nullptr || (!is_file(*fresh) && (is_file(*old) || !unchanged.mappings.contains(start)));
        if (is_new) {
            maps.add({.kind = LayoutStep::Kind::map,
                      .start = start,
                      .end = end,
                      .protection = fresh->protection,
                      .attributes = fresh->attributes});
            advise(advises, start, end, 0, fresh->attributes);
            continue;
        }
        if (is_file(*fresh) && !is_file(*old)) {
            throw std::runtime_error("invalid address space: a file where there is none");
        }
        if (old->protection != fresh->protection) {
            protects.add(
                {.kind = LayoutStep::Kind::protect, .start = start, .end = end, .protection = fresh->protection});
        }
        advise(advises, start, end, old->attributes, fresh->attributes);
        if (!is_file(*fresh)) {
            std::uint64_t from = start;
            for (const PageRange& part : unchanged.pages.within(start, end)) {
                if (part.start > from) {
                    discards.push_back({.kind = LayoutStep::Kind::discard, .start = from, .end = part.start});
                }
                from = part.end;
            }
            if (from < end) {
                discards.push_back({.kind = LayoutStep::Kind::discard, .start = from, .end = end});
            }
        }
    }
    std::vector<LayoutStep> result = unmaps.take();
    for (const auto& steps : {grows, maps.take(), protects.take(), advises, discards}) {
        result.insert(result.end(), steps.begin(), steps.end());
    }
    return result;
}

InjectedCall to_call(const LayoutStep& step, Abi abi) {
    const CallNumbers& numbers = call_numbers(abi);
    const std::uint64_t length = step.end - step.start;
    switch (step.kind) {
        case LayoutStep::Kind::unmap:
            return {numbers.munmap, {step.start, length}};
        case LayoutStep::Kind::grow:
            // Any call that writes there.
            return {numbers.rt_sigprocmask, {SIG_BLOCK, 0, step.start, 8}};
        case LayoutStep::Kind::map: {
            const auto has = [&](std::uint32_t attribute) { return (step.attributes & attribute) != 0; };
            const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED |
                              (has(mapping_attribute::grows_down) ? MAP_GROWSDOWN : 0) |
                              (has(mapping_attribute::no_reserve) ? MAP_NORESERVE : 0);
            return {numbers.mmap,
                    {step.start, length, step.protection, static_cast<std::uint64_t>(flags), ~std::uint64_t{0}, 0}};
        }
        case LayoutStep::Kind::protect:
            return {numbers.mprotect, {step.start, length, step.protection}};
        case LayoutStep::Kind::advise:
            return {numbers.madvise, {step.start, length, static_cast<std::uint64_t>(step.advice)}};
        case LayoutStep::Kind::discard:
            return {numbers.madvise, {step.start, length, MADV_DONTNEED}};
    }
    throw std::logic_error("a step of no kind");
}

}  // namespace openmosix
