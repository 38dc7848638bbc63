// SPDX-License-Identifier: GPL-2.0-or-later
#include "supervisor/guest_room.h"

#include <algorithm>

#include "procfs/group_memory.h"
#include "procfs/memory_information.h"

namespace openmosix {

namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;
/// For what a guest takes besides its own memory: page tables, its supervisor's buffers, files that it has mapped.
constexpr std::uint64_t min_reserve = 2 * mebibyte;
constexpr std::uint64_t share_of_reserve = 8;

std::string in_mebibytes(std::uint64_t bytes) {
    return std::to_string(bytes / mebibyte) + " MiB";
}

}  // namespace

std::uint64_t room_for_guest(const std::vector<std::string>& control_groups) {
    std::uint64_t room = available_memory();
    for (const std::string& file : control_groups) {
        room = std::min(room, room_in_group(file.substr(0, file.rfind('/'))));
    }
    return room + free_swap();
}

std::optional<std::string> objection_to_memory(std::uint64_t needed, std::uint64_t room) {
    const std::uint64_t reserve = std::max(min_reserve, needed / share_of_reserve);
    if (needed == 0 || (reserve <= room && needed <= room - reserve)) {
        return std::nullopt;
    }
    return "it has too little memory for one more guest: " + in_mebibytes(room) + ", where this one needs " +
           in_mebibytes(needed) + " and " + in_mebibytes(reserve) +
           " besides; take another node, or see memory_limit there";
}

}  // namespace openmosix
