// SPDX-License-Identifier: GPL-2.0-or-later
#include "body/vdso_move.h"

#include <sys/mman.h>

#include <stdexcept>

#include "tracee/call_numbers.h"

namespace openmosix {

void move_vdso(Agent& agent, pid_t pid, Vdso& vdso, const ImageLayout& layout) {
    const std::uint64_t length = vdso.end - vdso.start;
    if (layout.vdso_end - layout.vdso_start != length) {
        throw std::runtime_error("the kernel's vDSO here has another size than where the process comes from");
    }
    if (layout.vdso_start == vdso.start) {
        return;
    }
    const CallNumbers& numbers = call_numbers(agent.abi());
    std::vector<MappedRange> parts;
    for (const MappedRange& range : read_memory_map(pid)) {
        if (is_kernel_page(range)) {
            parts.push_back(range);
        }
    }
    const auto move_to = [&](std::uint64_t target) {
        for (MappedRange& part : parts) {
            const std::uint64_t size = part.end - part.start;
            const std::uint64_t place = part.start - vdso.start + target;
            agent.call("mremap of the vDSO", numbers.mremap,
                       {part.start, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, place});
            part.start = place;
            part.end = place + size;
        }
        vdso.code += target - vdso.start;
        vdso.end += target - vdso.start;
        vdso.start = target;
    };
    if (layout.vdso_start < vdso.end && vdso.start < layout.vdso_end) {
        // Where both overlap: over a place that is in neither.
        move_to(layout.vdso_start + 2 * length < (std::uint64_t{1} << 31U) ? layout.vdso_start + 2 * length
                                                                           : layout.vdso_start - 3 * length);
    }
    move_to(layout.vdso_start);
}

}  // namespace openmosix
