// SPDX-License-Identifier: GPL-2.0-or-later
#include <asm/prctl.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "abi.h"
#include "supervisor/guest_supervisor.h"
#include "tracee/kernel_result.h"
#include "words.h"

namespace openmosix {

namespace {

constexpr std::uint64_t page_up(std::uint64_t address) {
    return (address + page_size - 1) & ~(page_size - 1);
}

enum class Advice : std::uint8_t {
    /// About the call, or what the kernel does not understand.
    hint,
    sets_attribute,
    /// What is there is dropped.
    discards,
    beyond_us,
};

Advice kind_of(int advice) {
    // asm-generic/mman-common.h of newer kernels.
    constexpr int dontneed_locked = 24;
    constexpr int soft_offline = 101;
    constexpr int guard_install = 102;
    constexpr int guard_remove = 103;
    switch (advice) {
        case MADV_NORMAL:
        case MADV_RANDOM:
        case MADV_SEQUENTIAL:
        case MADV_DONTFORK:
        case MADV_DOFORK:
        case MADV_MERGEABLE:
        case MADV_UNMERGEABLE:
        case MADV_HUGEPAGE:
        case MADV_NOHUGEPAGE:
        case MADV_DONTDUMP:
        case MADV_DODUMP:
        case MADV_WIPEONFORK:
        case MADV_KEEPONFORK:
            return Advice::sets_attribute;
        case MADV_DONTNEED:
        case MADV_FREE:
        case dontneed_locked:
            return Advice::discards;
        case MADV_HWPOISON:
        case soft_offline:
        case guard_install:
        case guard_remove:
            return Advice::beyond_us;
        default:
            return Advice::hint;
    }
}

}  // namespace

void GuestSupervisor::call_mapping(const std::string& name) {
    const std::uint64_t start = at_call_.argument(0);
    const std::uint64_t end = page_up(start + at_call_.argument(1));
    if (name == "brk") {
        call_brk();
    } else if (name == "mmap" && at_call_.abi == Abi::i386) {
        // The old call, with a pointer to its arguments.
        Bytes bytes(24);
        if (!memory_->read(start, bytes)) {
            answer(at_call_, -EFAULT);
            return;
        }
        std::array<std::uint64_t, 6> arguments{};
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            arguments.at(i) = word_in(bytes, 4 * i, 4);
        }
        call_mmap(arguments);
    } else if (name == "mmap" || name == "mmap2") {
        call_mmap(at_call_.arguments());
    } else if (name == "mremap") {
        call_mremap();
    } else if (name == "munmap") {
        if (start < end && end > start && body_->is_ours(start, end)) {
            go_home_for_call();
            return;
        }
        call_and_give_up({{start, end}}, 0);
    } else if (name == "arch_prctl") {
        call_arch_prctl();
    } else if (name == "madvise") {
        call_madvise(start, end, static_cast<int>(at_call_.argument(2)));
    } else {
        go_home_for_call();
    }
}

void GuestSupervisor::call_and_give_up(const std::vector<PageRange>& replaced, std::uint64_t new_size) {
    if (!call_native()) {
        return;
    }
    const Registers registers = body_->tracee().registers();
    if (!is_error(registers.result())) {
        // Pages that come meanwhile find no mapping that is watched.
        for (const PageRange& range : replaced) {
            give_up(range);
        }
        const std::uint64_t place = registers.accumulator();
        give_up({place, place + page_up(new_size)});
    }
    go();
}

void GuestSupervisor::give_up(const PageRange& range) {
    has_new_attributes_ = has_new_attributes_ || with_attributes_.overlaps(range.start, range.end);
    sink_->forget(range);
    files_.remove(range.start, range.end);
    mapped_as_before_.remove(range.start, range.end);
}

void GuestSupervisor::call_madvise(std::uint64_t start, std::uint64_t end, int advice) {
    // Of what fails for another reason than that a part of the range is not mapped, nothing is done (madvise(2)).
    const bool is_done = start % page_size == 0 && start < end;
    const Advice kind = kind_of(advice);
    // Home has files where there are none here.
    if (kind == Advice::beyond_us || (files_.overlaps(start, end) && kind != Advice::hint)) {
        go_home_for_call();
        return;
    }
    if (is_done && kind == Advice::discards) {
        // Before the call: a page that came after it would be old.
        sink_->forget({start, end});
    }
    has_new_attributes_ = has_new_attributes_ || kind == Advice::sets_attribute;
    call_natively();
}

void GuestSupervisor::call_arch_prctl() {
    const std::uint64_t code = at_call_.argument(0);
    if (code == ARCH_SET_GS || code == ARCH_SET_FS || code == ARCH_GET_FS || code == ARCH_GET_GS) {
        call_natively();
    } else {
        go_home_for_call();
    }
}

void GuestSupervisor::call_mmap(std::array<std::uint64_t, 6> arguments) {
    const auto flags = static_cast<int>(arguments[3]);
    constexpr int beyond_us = MAP_SHARED | MAP_LOCKED | MAP_HUGETLB;
    const std::uint64_t start = arguments[0];
    const std::uint64_t end = page_up(start + arguments[1]);
    const bool is_fixed = (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0;
    if ((flags & MAP_ANONYMOUS) == 0 || (flags & beyond_us) != 0 || (is_fixed && body_->is_ours(start, end))) {
        go_home_for_call();
        return;
    }
    // MAP_STACK means MADV_NOHUGEPAGE since Linux 6.7.
    constexpr int with_attributes = MAP_NORESERVE | MAP_GROWSDOWN | MAP_STACK;
    constexpr int droppable = 0x08;
    has_new_attributes_ = has_new_attributes_ || (flags & with_attributes) != 0 || (flags & MAP_TYPE) == droppable;
    call_and_give_up({}, arguments[1]);
}

void GuestSupervisor::call_mremap() {
    const std::uint64_t start = at_call_.argument(0);
    const std::uint64_t end = page_up(start + at_call_.argument(1));
    const std::uint64_t target = at_call_.argument(4);
    const bool is_fixed = (at_call_.argument(3) & MREMAP_FIXED) != 0;
    const std::uint64_t target_end = page_up(target + at_call_.argument(2));
    if (start >= end || files_.overlaps(start, end) || (is_fixed && body_->is_ours(target, target_end))) {
        go_home_for_call();
        return;
    }
    // The kernel takes the watch off what it moves.
    if (!sink_->fetch({start, end})) {
        throw PeerError("the page connection was closed");
    }
    call_and_give_up({{start, end}}, at_call_.argument(2));
}

void GuestSupervisor::call_brk() {
    if (call_native()) {
        const std::uint64_t old = std::exchange(brk_, body_->tracee().registers().accumulator());
        give_up({page_up(std::min(old, brk_)), page_up(std::max(old, brk_))});
        go();
    }
}

}  // namespace openmosix
