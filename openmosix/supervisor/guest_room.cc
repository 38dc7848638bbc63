// SPDX-License-Identifier: GPL-2.0-or-later
#include "supervisor/guest_room.h"

#include <algorithm>

#include "procfs/group_memory.h"
#include "procfs/memory_information.h"

namespace openmosix {

namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;
/// For what a guest takes besides its own memory: its supervisor, page tables, files that it has mapped.
constexpr std::uint64_t min_reserve = 4 * mebibyte;
constexpr std::uint64_t share_of_reserve = 8;

std::string in_mebibytes(std::uint64_t bytes) {
    return std::to_string(bytes / mebibyte) + " MiB";
}

}  // namespace

std::uint64_t room_for_guest(const std::vector<std::string>& control_groups) {
    std::uint64_t room = available_memory() + free_swap();
    for (const std::string& file : control_groups) {
        room = std::min(room, room_in_group(file.substr(0, file.rfind('/'))));
    }
    return room;
}

std::optional<std::string> objection_to_memory(std::uint64_t needed, std::uint64_t room) {
    const std::uint64_t reserve = std::max(min_reserve, needed / share_of_reserve);
    if (needed == 0 || (reserve <= room && needed <= room - reserve)) {
        return std::nullopt;
    }
    return "it has too little memory left: " + in_mebibytes(room) + ", where the process needs " +
           in_mebibytes(needed) + " and some for its supervisor";
}

}  // namespace openmosix
