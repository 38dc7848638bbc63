// SPDX-License-Identifier: GPL-2.0-or-later
#include "image/image_check.h"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstring>

#include "common/file.h"
#include "cpu/extended_state.h"
#include "image/mapping_attributes.h"
#include "tracee/agent_area.h"

namespace openmosix {

namespace {

using Problem = std::optional<std::string>;

constexpr std::size_t size_of_signal_info = 128;
constexpr std::size_t size_of_segment = 16;
constexpr std::size_t max_segments = 3;
constexpr std::size_t max_components = 64;
constexpr std::size_t max_pending = 65536 + 64;
constexpr std::size_t max_process_name = 64;
/// The kernel allows 6 MiB (fs/exec.c, bprm_stack_limits()).
constexpr std::uint64_t max_argument_bytes = std::uint64_t{8} << 20U;
constexpr std::uint64_t max_image_vdso = std::uint64_t{1} << 20U;
constexpr std::uint64_t max_time = std::uint64_t{1} << 61U;
/// Both ABIs' processes have the agent's area below.
constexpr std::uint64_t agent_end = std::uint64_t{1} << 31U;

/// With five levels of page tables, an amd64 process can ask for addresses up to here.
constexpr std::uint64_t address_space_end(Abi abi) {
    return abi == Abi::i386 ? std::uint64_t{1} << 32U : (std::uint64_t{1} << 56U) - page_size;
}

constexpr bool is_signal(int signal) {
    return signal >= 1 && signal <= 64;
}

constexpr bool is_whole_pages(std::uint64_t start, std::uint64_t end) {
    return start < end && start % page_size == 0 && end % page_size == 0;
}

constexpr bool overlap(std::uint64_t start, std::uint64_t end, std::uint64_t other_start, std::uint64_t other_end) {
    return start < other_end && other_start < end;
}

Problem check_layout(const ImageLayout& layout, Abi abi) {
    if (layout.arg_start > layout.arg_end || layout.env_start > layout.env_end || layout.arg_start > layout.env_end ||
        layout.env_end - layout.arg_start > max_argument_bytes || layout.env_end > address_space_end(abi)) {
        return "arguments and environment that are not side by side, as execve(2) leaves them";
    }
    if (layout.start_brk > layout.brk || layout.brk > address_space_end(abi)) {
        return "a heap that ends before it begins";
    }
    if (layout.auxiliary_vector.size() > page_size) {
        return "an auxiliary vector that is too long";
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> check_signals(const ImageSignals& signals, Abi abi) {
    std::uint64_t seen = 0;
    for (const ImageAction& action : signals.actions) {
        if (!is_signal(action.signal) || action.signal == SIGKILL || action.signal == SIGSTOP) {
            return "an action for signal " + std::to_string(action.signal);
        }
        const std::uint64_t bit = std::uint64_t{1} << (action.signal - 1U);
        if (action.action.size() != (abi == Abi::i386 ? 20U : 32U) || (seen & bit) != 0) {
            return "an action of another size, or two, for signal " + std::to_string(action.signal);
        }
        seen |= bit;
    }
    if (signals.alternative_stack.size() != 3 * word_size(abi)) {
        return "a signal stack of another size";
    }
    if (signals.pending.size() > max_pending) {
        return "too many signals that wait";
    }
    for (const Bytes& info : signals.pending) {
        std::int32_t signal = 0;
        if (info.size() == size_of_signal_info) {
            std::memcpy(&signal, info.data(), sizeof signal);
        }
        if (!is_signal(signal)) {
            return "a signal that waits is none";
        }
    }
    return std::nullopt;
}

std::optional<std::string> check_thread(const ImageThread& thread, Abi abi) {
    if (thread.registers.abi != abi) {
        return "registers of another ABI";
    }
    const auto& state = thread.extended_state;
    if (state.legacy.size() != fxsave_size || state.components.size() > max_components) {
        return "floating-point state of another size";
    }
    const auto is_segment = [](const Bytes& segment) { return segment.size() == size_of_segment; };
    if (thread.segments.size() > max_segments || !std::ranges::all_of(thread.segments, is_segment)) {
        return "segments of another size";
    }
    const auto is_timer = [abi](const Bytes& timer) { return timer.size() == 4 * word_size(abi); };
    if (!std::ranges::all_of(thread.cpu_timers, is_timer)) {
        return "timers of another size";
    }
    return std::nullopt;
}

std::optional<std::string> check_addresses(const ProcessImage& image, const ImageLimits& limits) {
    const std::uint64_t top = address_space_end(limits.abi);
    const std::uint64_t vdso = image.layout.vdso_start;
    const std::uint64_t vdso_end = image.layout.vdso_end;
    const std::uint64_t agent = image.agent_address;
    if (agent % page_size != 0 || agent < limits.lowest_address || agent > agent_end - agent_area::size ||
        overlap(agent, agent + agent_area::size, stub_address, stub_end)) {
        return "no place for the agent's area";
    }
    if (!is_whole_pages(vdso, vdso_end) || vdso < limits.lowest_address || vdso_end > top ||
        vdso_end - vdso > max_image_vdso || overlap(vdso, vdso_end, agent, agent + agent_area::size)) {
        return "no place for the vDSO";
    }
    std::uint64_t end = limits.lowest_address;
    for (const ImageRange& range : image.ranges) {
        if (!is_whole_pages(range.start, range.end) || range.start < end || range.end > top) {
            return "ranges that overlap, are not whole pages, or lie where no program can have any";
        }
        if (overlap(range.start, range.end, agent, agent + agent_area::size) ||
            overlap(range.start, range.end, vdso, vdso_end)) {
            return "ranges over the agent's area or the vDSO";
        }
        if (range.protection > 7 || range.content > ImageRange::Content::file ||
            !mapping_attribute::is_valid(range.attributes)) {
            return "a range of a kind that does not exist";
        }
        end = range.end;
    }
    return std::nullopt;
}

std::optional<std::string> check_image(const ProcessImage& image, const ImageLimits& limits) {
    if (image.name.size() > max_process_name || image.user_time > max_time || image.system_time > max_time) {
        return "a name or a processor time that is out of range";
    }
    for (const Problem& problem : {check_thread(image.thread, limits.abi), check_signals(image.signals, limits.abi),
                                   check_layout(image.layout, limits.abi), check_addresses(image, limits)}) {
        if (problem) {
            return problem;
        }
    }
    return std::nullopt;
}

std::uint64_t lowest_mappable_address() {
    const std::string text = clusterdisc::read_file("/proc/sys/vm/mmap_min_addr", 64).value_or("");
    std::uint64_t address = agent_area::usual_address;
    std::from_chars(text.data(), text.data() + text.size(), address);
    return address;
}

}  // namespace openmosix
