// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>

#include "peer/buffer_parts.h"
#include "peer/messages.h"
#include "tracee/agent_area.h"

namespace openmosix {

/// Of fields that have one size each.
inline constexpr std::size_t max_small_message = 512;
/// What takes as much as the program has: mappings, pages that are only here, pending signals.
inline constexpr std::size_t max_image_message = std::size_t{64} << 20U;
/// As many siginfo_t as a user may have pending (guest_supervisor.cc, RLIMIT_SIGPENDING), each after its length.
inline constexpr std::size_t max_signals_size = std::size_t{65'600} * (128 + 4);
/// Where a call's pointers lie and what they point to: at most IOV_MAX of them, and twice a word for each.
inline constexpr std::size_t max_call_description = std::size_t{64} << 10U;

/// The longest content that a message of this kind may have, which is looked at before any of it is read; 0: there is
/// no such kind, or it has no content.
constexpr std::size_t max_message(MessageKind kind) {
    // Without default: the compiler asks for a new kind's limit.
    switch (kind) {
        case MessageKind::prepare:
            return std::size_t{64} << 10U;
        case MessageKind::refusal:
            return std::size_t{16} << 10U;
        case MessageKind::arrive:
        case MessageKind::coming_home:
            return max_image_message;
        case MessageKind::call:
            return agent_area::forwarding_size + max_call_description;
        case MessageKind::result:
            return agent_area::forwarding_size + max_signals_size;
        case MessageKind::file_page:
            return page_size + max_small_message;
        case MessageKind::buffer_part:
            return BufferParts::max_part + max_small_message;
        case MessageKind::prepared:
        case MessageKind::signal:
        case MessageKind::mask:
        case MessageKind::dispositions:
        case MessageKind::ended:
        case MessageKind::clock_answer:
        case MessageKind::interrupt:
        case MessageKind::signals_seen:
        case MessageKind::ready:
        case MessageKind::go:
        case MessageKind::come_home:
        case MessageKind::recall:
        case MessageKind::halt:
        case MessageKind::proceed:
        case MessageKind::all_here:
        case MessageKind::over:
        case MessageKind::clock_question:
        case MessageKind::wall_clock:
        case MessageKind::processor_time:
        case MessageKind::time_counted:
            return max_small_message;
    }
    return 0;
}

}  // namespace openmosix
