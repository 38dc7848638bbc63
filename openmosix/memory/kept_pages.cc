// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/kept_pages.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <span>
#include <system_error>

#include "tracee/call_numbers.h"
#include "tracee/kernel_result.h"

namespace openmosix {

namespace {

/// Smaller ones are sent as fast.
constexpr std::uint64_t min_kept = 16 * page_size;
/// Linux 5.7; the C library of Debian 12 has it under _GNU_SOURCE only.
constexpr std::uint64_t mremap_dontunmap = 4;

/// What is kept of a range: all but its last page, as the kernel takes from a mapping that is emptied as a whole what
/// it needs to join it with its neighbours again (mm/mremap.c, unlink_anon_vmas()).
std::uint64_t kept_size(const LayoutStep& step) {
    const std::uint64_t size = step.end - step.start;
    return size >= min_kept ? size - page_size : 0;
}

/// Each one that is kept is a mapping more, of which the kernel allows 65,530.
std::span<const LayoutStep> first_of(const std::vector<LayoutStep>& discards) {
    constexpr std::size_t max_kept = 1000;
    return std::span(discards).first(std::min(discards.size(), max_kept));
}

}  // namespace

std::uint64_t KeptPages::wanted(const std::vector<LayoutStep>& discards) {
    std::uint64_t sum = 0;
    for (const LayoutStep& step : first_of(discards)) {
        sum += kept_size(step);
    }
    return sum;
}

void KeptPages::set_aside(Agent& agent, const std::vector<LayoutStep>& discards, std::optional<std::uint64_t> area) {
    const CallNumbers& numbers = call_numbers(agent.abi());
    if (area) {
        std::vector<InjectedCall> reserve{
            {numbers.mmap,
             {*area, wanted(discards), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
              ~std::uint64_t{0}, 0}}};
        agent.run(reserve);
        if (!is_error(reserve.front().result)) {
            area_ = *area;
            area_size_ = wanted(discards);
        }
    }
    std::vector<InjectedCall> moves;
    std::vector<InjectedCall> empties;
    std::uint64_t place = area_;
    for (const LayoutStep& step : first_of(discards)) {
        const std::uint64_t size = area_size_ != 0 ? kept_size(step) : 0;
        if (size != 0) {
            moves.push_back(
                {numbers.mremap, {step.start, size, size, MREMAP_MAYMOVE | MREMAP_FIXED | mremap_dontunmap, place}});
            place += size;
        }
    }
    empties.reserve(discards.size() + 1);
    for (const LayoutStep& step : discards) {
        // Also of what is moved: then there is nothing left.
        empties.push_back(to_call(step, agent.abi()));
    }
    agent.run(moves);
    for (const InjectedCall& move : moves) {
        if (!is_error(move.result)) {
            const std::uint64_t start = move.arguments[0];
            places_[start] = {.end = start + move.arguments[1], .kept_at = move.arguments[4]};
        }
    }
    if (area_size_ != 0) {
        // Should memory become short before the process is here.
        empties.push_back({numbers.madvise, {area_, area_size_, MADV_FREE}});
    }
    agent.run(empties);
    for (const InjectedCall& call : std::span(empties).first(discards.size())) {
        if (is_error(call.result)) {
            throw std::system_error(static_cast<int>(-call.result), std::generic_category(), "madvise");
        }
    }
}

void KeptPages::give_back(Agent& agent) {
    if (area_size_ != 0) {
        // Left over, it does no harm.
        std::array<InjectedCall, 1> unmap{InjectedCall{call_numbers(agent.abi()).munmap, {area_, area_size_}}};
        agent.run(unmap);
        area_size_ = 0;
        places_.clear();
    }
}

bool KeptPages::read(std::uint64_t address, std::span<std::uint8_t> page) const {
    auto found = places_.upper_bound(address);
    if (found == places_.begin() || address >= (--found)->second.end) {
        return false;
    }
    return memory_.read(found->second.kept_at + (address - found->first), page);
}

}  // namespace openmosix
