// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "abi.h"

namespace openmosix {

/// Where in an agent's area things lie. The area is a part of the process's address space that is ours as long as the
/// process is away, at the same address in the deputy and in the body, so that neither can have something else there.
namespace agent_area {

/// First choice for its address: just above what vm.mmap_min_addr leaves free, where programs have nothing.
inline constexpr std::uint64_t usual_address = 0x10000;
inline constexpr std::uint64_t size = 0x1e0000;

/// The code that makes a list of calls; then, at its own offset, the one that makes a single call.
inline constexpr std::uint64_t list_code_offset = 0;
inline constexpr std::uint64_t call_code_offset = 0x100;
/// The list's stack and its entries.
inline constexpr std::uint64_t stack_offset = page_size;
inline constexpr std::uint64_t entries_offset = page_size + 64;
inline constexpr std::uint64_t entries_end = 16 * page_size;
/// What pointers of calls in a list point to.
inline constexpr std::uint64_t scratch_offset = entries_end;
inline constexpr std::uint64_t scratch_size = 16 * page_size;
/// What pointers of forwarded calls point to; in the deputy alone.
inline constexpr std::uint64_t forwarding_offset = scratch_offset + scratch_size;
inline constexpr std::uint64_t forwarding_size = size - forwarding_offset;

}  // namespace agent_area

/// Where the body's first program lies until the area is there (body/stub.h). The area must not be here.
inline constexpr std::uint64_t stub_address = 0x200000;
inline constexpr std::uint64_t stub_end = 0x201000;

}  // namespace openmosix
