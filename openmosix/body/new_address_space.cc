// SPDX-License-Identifier: GPL-2.0-or-later
#include "body/new_address_space.h"

#include <sys/mman.h>

#include <string>
#include <system_error>

#include "freeze/memory_map.h"
#include "tracee/agent_area.h"
#include "tracee/call_numbers.h"
#include "tracee/kernel_result.h"

namespace openmosix {

InjectedCall agent_area_mapping(Abi abi, std::uint64_t address) {
    return {call_numbers(abi).mmap,
            {address, agent_area::size, PROT_READ | PROT_WRITE | PROT_EXEC,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, ~std::uint64_t{0}, 0}};
}

void clear_address_space(Agent& agent, pid_t pid) {
    std::vector<InjectedCall> unmaps;
    for (const MappedRange& range : read_memory_map(pid)) {
        const bool is_area = range.start >= agent.address() && range.start < agent.address() + agent_area::size;
        if (!is_area && !belongs_to_kernel(range)) {
            unmaps.push_back({call_numbers(agent.abi()).munmap, {range.start, range.end - range.start}});
        }
    }
    agent.run(unmaps);
}

void map_new(Agent& agent, std::vector<InjectedCall> maps) {
    for (InjectedCall& map : maps) {
        map.arguments[3] = (map.arguments[3] & ~std::uint64_t{MAP_FIXED}) | MAP_FIXED_NOREPLACE;
    }
    agent.run(maps);
    for (const InjectedCall& map : maps) {
        if (is_error(map.result)) {
            throw std::system_error(static_cast<int>(-map.result), std::generic_category(),
                                    "mmap of " + std::to_string(map.arguments[1]) + " bytes");
        }
    }
}

}  // namespace openmosix
