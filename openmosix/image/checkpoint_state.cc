// SPDX-License-Identifier: GPL-2.0-or-later
#include "image/checkpoint_state.h"

#include <algorithm>
#include <set>

#include "image/image_check.h"
#include "words.h"

namespace openmosix {

namespace {

constexpr std::size_t max_path = 4095;
constexpr std::size_t max_name = 15;
constexpr std::size_t max_auxiliary_vector = 4096;
constexpr std::uint32_t max_descriptors = std::uint32_t{1} << 20U;
constexpr std::size_t max_rseq_size = 4096;
constexpr std::uint64_t max_vdso = std::uint64_t{64} * page_size;

bool is_path(const std::string& path) {
    return path.starts_with('/') && path.size() <= max_path && path.find('\0') == std::string::npos;
}

std::string objection_to_ranges(const CheckpointState& state) {
    const ProcessImage& process = state.process;
    if (const auto problem = check_addresses(process, {process.thread.registers.abi, 0})) {
        return *problem;
    }
    if (process.layout.vdso_end - process.layout.vdso_start > max_vdso || process.agent_address == 0) {
        return "the kernel's own pages or the agent's area have an invalid address";
    }
    std::set<std::string> mapped;
    for (const ImageMappedFile& file : state.mapped_files) {
        if (!is_path(file.path) || !mapped.insert(file.path).second) {
            return "a mapped file's path is invalid, or is there twice";
        }
    }
    for (const ImageRange& range : process.ranges) {
        if (range.content == ImageRange::Content::file
                ? !mapped.contains(range.path) || range.offset % page_size != 0
                : range.content != ImageRange::Content::anonymous || !range.path.empty() || range.offset != 0) {
            return "a mapping is of a file that the image does not know, or of none and has a path";
        }
    }
    return {};
}

std::string objection_to_files(const std::vector<ImageOpenFile>& files) {
    std::set<std::uint32_t> known;
    for (const ImageOpenFile& file : files) {
        const bool is_next = known.empty() || file.descriptor > *known.rbegin();
        const bool is_first = file.same_as == file.descriptor;
        if (!is_next || file.descriptor >= max_descriptors || (!is_first && !known.contains(file.same_as))) {
            return "descriptors are not in order, too large, or refer to one that is not there";
        }
        if (!is_path(file.path) || file.offset > INT64_MAX || file.size > INT64_MAX) {
            return "descriptor " + std::to_string(file.descriptor) + " has an invalid path, offset or size";
        }
        known.insert(file.descriptor);
    }
    return {};
}

/// A struct itimerval of the ABI that setitimer(2) would take.
bool is_timer(const Bytes& bytes, Abi abi) {
    const std::size_t word = word_size(abi);
    if (bytes.size() != 4 * word) {
        return false;
    }
    constexpr std::uint64_t microseconds_of_second = 1'000'000;
    constexpr std::uint64_t max_seconds = std::uint64_t{1} << 62U;
    const auto number = [&](std::size_t index) { return word_in(bytes, index * word, word); };
    return number(0) < max_seconds && number(1) < microseconds_of_second && number(2) < max_seconds &&
           number(3) < microseconds_of_second;
}

std::string objection_to_thread(const CheckpointState& state) {
    const ImageThread& thread = state.process.thread;
    const Abi abi = thread.registers.abi;
    for (const auto& problem : {check_thread(thread, abi), check_signals(state.process.signals, abi)}) {
        if (problem) {
            return *problem;
        }
    }
    if (thread.rseq_size > max_rseq_size || !is_timer(state.real_timer, abi) ||
        std::ranges::any_of(thread.cpu_timers, [&](const Bytes& each) { return !is_timer(each, abi); })) {
        return "the thread's timers or its restartable sequences are invalid";
    }
    if (state.process.signals.pending.size() > max_pending_of_image) {
        return "too many signals wait";
    }
    return {};
}

}  // namespace

std::string objection_to(const CheckpointState& state) {
    const ProcessImage& process = state.process;
    const auto is_abi = [](Abi abi) { return abi == Abi::i386 || abi == Abi::amd64; };
    if (!is_abi(state.kernel) || !is_abi(process.thread.registers.abi) ||
        (state.kernel == Abi::i386 && process.thread.registers.abi == Abi::amd64)) {
        return "there is no such kind of kernel or program";
    }
    if (process.name.size() > max_name || process.name.find('\0') != std::string::npos) {
        return "the process's name is too long";
    }
    if ((!state.program.empty() && !is_path(state.program)) || !is_path(state.folder) || state.umask > 0777) {
        return "the program, the current folder or the umask is invalid";
    }
    if (process.layout.auxiliary_vector.size() > max_auxiliary_vector) {
        return "the auxiliary vector is too long";
    }
    for (const auto& objection :
         {objection_to_thread(state), objection_to_ranges(state), objection_to_files(state.open_files)}) {
        if (!objection.empty()) {
            return objection;
        }
    }
    return {};
}

}  // namespace openmosix
