// SPDX-License-Identifier: GPL-2.0-or-later
#include "deputy/forwarding_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "clocks/vdso.h"
#include "deputy/sealed_memory.h"
#include "freeze/memory_map.h"
#include "tracee/agent.h"
#include "tracee/agent_area.h"
#include "tracee/call_numbers.h"
#include "tracee/kernel_result.h"
#include "tracee/taken_descriptor.h"

namespace openmosix {

namespace {

[[noreturn]] void fail(std::int64_t error, const char* what) {
    throw std::system_error(static_cast<int>(error), std::generic_category(), what);
}

std::int64_t checked(std::int64_t result, const char* what) {
    if (is_error(result)) {
        fail(-result, what);
    }
    return result;
}

bool is_free(const std::vector<MappedRange>& map, std::uint64_t start) {
    const std::uint64_t end = start + agent_area::size;
    return (end <= stub_address || start >= stub_end) &&
           std::ranges::none_of(map, [&](const MappedRange& range) { return range.start < end && start < range.end; });
}

/// The usual place, or the first gap; below 2 GiB, where processes of both ABIs can have it.
std::uint64_t free_place(pid_t pid) {
    constexpr std::uint64_t step = std::uint64_t{4} << 20U;
    constexpr std::uint64_t last = std::uint64_t{1} << 31U;
    const auto map = read_memory_map(pid);
    if (is_free(map, agent_area::usual_address)) {
        return agent_area::usual_address;
    }
    for (std::uint64_t place = step; place < last; place += step) {
        if (is_free(map, place)) {
            return place;
        }
    }
    throw std::runtime_error("it cannot move: no 1.9 MB are free in its address space below 2 GiB");
}

std::uint64_t instruction_of(const Tracee& tracee, Abi abi) {
    const auto vdso = read_vdso(tracee.pid());
    const auto instruction = vdso ? vdso->system_call_instruction(abi) : std::nullopt;
    if (!instruction) {
        throw std::runtime_error("it cannot move: its vDSO has no system call instruction");
    }
    return *instruction;
}

}  // namespace

ForwardingMemory::ForwardingMemory(Tracee& tracee, const Registers& frozen) {
    const CallNumbers& numbers = call_numbers(frozen.abi);
    const std::uint64_t instruction = instruction_of(tracee, frozen.abi);
    const std::uint64_t place = free_place(tracee.pid());
    // A name for memfd_create(2) must lie in the process; an empty string is what the stack's end holds everywhere, and
    // the vDSO's ELF header has zeros, too.
    const auto vdso = read_vdso(tracee.pid());
    const auto zero = std::ranges::find(vdso->image, std::uint8_t{0});
    const std::uint64_t name = vdso->code + static_cast<std::uint64_t>(zero - vdso->image.begin());
    const std::int64_t file =
        checked(call_at(tracee, frozen, instruction, {numbers.memfd_create, {name, MFD_CLOEXEC | MFD_ALLOW_SEALING}}),
                "memfd_create");
    const auto close = [&] {
        call_at(tracee, frozen, instruction, {numbers.close, {static_cast<std::uint64_t>(file)}});
    };
    try {
        // Who shares the process's descriptors can have put any file there: it is only taken if it can be no other.
        file_ = take_descriptor(tracee.pid(), static_cast<int>(file));
        size_and_seal(file_.number(), agent_area::size);
    } catch (...) {
        close();
        throw;
    }
    const std::int64_t mapped = call_at(tracee, frozen, instruction,
                                        {numbers.mmap,
                                         {place, agent_area::size, PROT_READ | PROT_WRITE | PROT_EXEC,
                                          MAP_SHARED | MAP_FIXED_NOREPLACE, static_cast<std::uint64_t>(file), 0}});
    close();
    checked(mapped, "mmap of the agent's area");
    void* ours = ::mmap(nullptr, agent_area::size, PROT_READ | PROT_WRITE, MAP_SHARED, file_.number(), 0);
    if (ours == MAP_FAILED) {
        fail(errno, "mmap");
    }
    ours_ = static_cast<std::uint8_t*>(ours);
    address_ = place;
}

ForwardingMemory& ForwardingMemory::operator=(ForwardingMemory&& other) noexcept {
    std::swap(file_, other.file_);
    std::swap(ours_, other.ours_);
    std::swap(address_, other.address_);
    return *this;
}

ForwardingMemory::~ForwardingMemory() {
    if (ours_ != nullptr) {
        ::munmap(ours_, agent_area::size);
    }
}

std::span<std::uint8_t> ForwardingMemory::forwarding_area() const {
    return {ours_ + agent_area::forwarding_offset, agent_area::forwarding_size};
}

void ForwardingMemory::unmap(Tracee& tracee, const Registers& frozen) {
    const std::uint64_t instruction = instruction_of(tracee, frozen.abi);
    checked(call_at(tracee, frozen, instruction, {call_numbers(frozen.abi).munmap, {address_, agent_area::size}}),
            "munmap of the agent's area");
    address_ = 0;
}

}  // namespace openmosix
