// SPDX-License-Identifier: GPL-2.0-or-later
#include "body/body_clocks.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <utility>

#include "clocks/clock_code.h"
#include "freeze/memory_map.h"
#include "tracee/agent_area.h"
#include "tracee/call_numbers.h"
#include "words.h"

namespace openmosix {

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr const char* system_call_entry = "__kernel_vsyscall";

/// An instruction at `from`: jmp `to`. On i386 addresses wrap around.
Bytes jump(std::uint64_t from, std::uint64_t to) {
    constexpr std::size_t size = 5;
    Bytes code{0xe9};
    append_word(code, to - (from + size), 4);
    return code;
}

}  // namespace

BodyClocks::BodyClocks(Agent& agent, pid_t pid, const MemoryFile& memory, Vdso vdso)
    : memory_(memory), abi_(agent.abi()), vdso_(std::move(vdso)),
      moved_(agent.address() + agent_area::forwarding_offset) {
    const auto functions = vdso_.functions();
    const auto function = [&](const char* name) {
        const auto found = functions.find(name);
        if (found == functions.end()) {
            throw std::runtime_error(std::string("this kernel's vDSO has no ") + name);
        }
        return found->second;
    };
    if (vdso_.code - vdso_.start < 3 * page_size || vdso_.end - vdso_.start > agent_area::forwarding_size) {
        throw std::runtime_error("this kernel's vDSO has data of another size than expected");
    }
    map(agent, pid);
    Bytes image = vdso_.image;
    const auto call_clock = [&](const char* name) { return copy() + function(name); };
    Bytes kernel_functions = to_words({call_clock("__vdso_clock_gettime")}, 8);
    if (abi_ == Abi::i386) {
        append_word(kernel_functions, call_clock("__vdso_clock_gettime64"), 8);
        // After a sysenter the kernel would go on in the vDSO itself: int $0x80; ret.
        constexpr std::array<std::uint8_t, 3> call{0xcd, 0x80, 0xc3};
        const auto place = static_cast<std::size_t>(function(system_call_entry));
        if (image.size() - place < call.size()) {
            throw std::runtime_error("this kernel's vDSO has no room for a system call");
        }
        std::ranges::copy(call, image.begin() + static_cast<std::ptrdiff_t>(place));
    }
    write(copy(), image);
    write(data() + clock_data::kernel_functions, kernel_functions);
    const auto clocks = clock_code(abi_);
    Bytes ours(clocks.begin(), clocks.end());
    for (const ClockFunction& each : clock_functions(abi_)) {
        if (abi_ == Abi::i386) {
            const Bytes operand = to_words({data()}, 4);
            std::ranges::copy(operand, ours.begin() + static_cast<std::ptrdiff_t>(each.begin + data_operand_i386));
        }
        const auto found = functions.find(each.name);
        if (found != functions.end()) {
            const std::uint64_t place = vdso_.code + found->second;
            write(place, jump(place, code() + each.begin));
        }
    }
    write(code(), ours);
}

std::uint64_t BodyClocks::data() const {
    return vdso_.code - 2 * page_size;
}

std::uint64_t BodyClocks::code() const {
    return vdso_.code - page_size;
}

std::uint64_t BodyClocks::copy() const {
    return moved_ + (vdso_.code - vdso_.start);
}

void BodyClocks::map(Agent& agent, pid_t pid) const {
    const CallNumbers& numbers = call_numbers(abi_);
    for (const MappedRange& part : read_memory_map(pid)) {
        if (part.start >= vdso_.start && part.end <= vdso_.code) {
            const std::uint64_t size = part.end - part.start;
            agent.call("mremap of the vDSO's data", numbers.mremap,
                       {part.start, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, part.start - vdso_.start + moved_});
        }
    }
    const auto map_page = [&](std::uint64_t start, std::uint64_t end, int protection) {
        agent.call("mmap of clocks", numbers.mmap,
                   {start, end - start, static_cast<std::uint64_t>(protection),
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, ~std::uint64_t{0}, 0});
    };
    map_page(vdso_.start, data(), PROT_READ);
    map_page(data(), code(), PROT_READ | PROT_WRITE);
    map_page(code(), vdso_.code, PROT_READ | PROT_EXEC);
}

void BodyClocks::write(std::uint64_t address, std::span<const std::uint8_t> bytes) const {
    if (!memory_.write(address, bytes)) {
        throw std::runtime_error("cannot write to a guest's clocks");
    }
}

void BodyClocks::set_wall_clock(std::int64_t ahead) {
    const auto set_sequence = [this] { write(data() + clock_data::sequence, to_words({++sequence_}, 4)); };
    set_sequence();
    write(data() + clock_data::wall_clock, to_words({ahead / second, ahead % second}, 8));
    set_sequence();
}

std::uint64_t BodyClocks::entry(std::uint64_t function) const {
    const auto all = clock_functions(abi_);
    // The program can have written there.
    const auto functions = vdso_.functions();
    const auto found =
        function < all.size() ? functions.find(all[static_cast<std::size_t>(function)].name) : functions.end();
    if (found == functions.end()) {
        throw std::runtime_error("the guest has changed what openMosix keeps in it");
    }
    return vdso_.code + found->second;
}

bool BodyClocks::step_back(Registers& registers) const {
    const std::uint64_t instruction = registers.instruction_pointer();
    const bool is_in_copy = instruction >= copy() && instruction < copy() + vdso_.image.size();
    const bool is_in_code = instruction >= code() && instruction < vdso_.code;
    if (!is_in_copy && !is_in_code) {
        return false;
    }
    registers.forget_call();
    const auto functions = clock_functions(abi_);
    for (std::size_t i = 0; is_in_code && i < functions.size(); ++i) {
        if (instruction >= code() + functions[i].begin && instruction < code() + functions[i].saved) {
            registers.instruction_pointer() = entry(i);
            return true;
        }
    }
    Bytes saved(clock_data::end - clock_data::function);
    if (!memory_.read(data() + clock_data::function, saved)) {
        throw std::runtime_error("cannot read a guest's clocks");
    }
    constexpr std::size_t slot = 8;
    registers.instruction_pointer() = entry(word_in(saved, 0, slot));
    std::size_t place = clock_data::registers - clock_data::function;
    for (const std::size_t index : saved_registers(abi_)) {
        registers.words.at(index) = word_in(saved, place, word_size(abi_));
        place += slot;
    }
    return true;
}

}  // namespace openmosix
