// SPDX-License-Identifier: GPL-2.0-or-later
#include "deputy/large_area.h"

#include <sys/mman.h>

#include <array>
#include <stdexcept>

#include "tracee/call_numbers.h"
#include "tracee/kernel_result.h"

namespace openmosix {

std::optional<LargeArea> LargeArea::map(Agent& agent, const MemoryFile& memory, std::uint64_t size) {
    std::array<InjectedCall, 1> calls{
        {{call_numbers(agent.abi()).mmap,
          {0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, ~std::uint64_t{0}, 0}}}};
    agent.run(calls);
    const std::int64_t result = calls.front().result;
    if (is_error(result)) {
        return std::nullopt;
    }
    const auto address = static_cast<std::uint64_t>(result);
    return LargeArea(memory, agent.abi() == Abi::i386 ? static_cast<std::uint32_t>(address) : address, size);
}

void LargeArea::unmap(Agent& agent) const {
    agent.call("munmap", call_numbers(agent.abi()).munmap, {address_, size_});
}

void LargeArea::write(std::uint64_t offset, std::span<const std::uint8_t> bytes) const {
    if (!memory_->write(address_ + offset, bytes)) {
        throw std::runtime_error("cannot write to the memory for a call's buffers");
    }
}

void LargeArea::read(std::uint64_t offset, std::span<std::uint8_t> bytes) const {
    if (!memory_->read(address_ + offset, bytes)) {
        throw std::runtime_error("cannot read the memory for a call's buffers");
    }
}

}  // namespace openmosix
