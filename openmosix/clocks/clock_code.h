// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "abi.h"

namespace openmosix {

/// Position-independent code that a guest runs in place of the vDSO's clock functions: CLOCK_MONOTONIC and its kin by
/// the kernel's own functions, CLOCK_REALTIME and its coarse twin as these plus what home's wall clock is ahead, and
/// all else by system calls. It lies at the beginning of a page and its data (clock_data) in the page before it.
///
/// No signal is delivered and no state is taken within it: it only has effects at its very end, so a process that stops
/// in it is set back to before the call, from what each function saves first.
std::span<const std::uint8_t> clock_code(Abi abi);

/// A function of the vDSO that the code replaces. Offsets in the code: where it begins, and from where on all of the
/// caller's registers are saved.
struct ClockFunction {
    const char* name;
    std::size_t begin;
    std::size_t saved;
};

/// All of them, by the number that is saved with the registers.
std::span<const ClockFunction> clock_functions(Abi abi);

/// Offsets in the page of data; everything takes eight bytes, or the first four of them on i386.
namespace clock_data {

/// Odd while what follows is being changed.
inline constexpr std::uint64_t sequence = 0;
/// What the wall clock is ahead of CLOCK_MONOTONIC: seconds, and nanoseconds below a second.
inline constexpr std::uint64_t wall_clock = 8;
/// Addresses of the kernel's __vdso_clock_gettime and, on i386, __vdso_clock_gettime64.
inline constexpr std::uint64_t kernel_functions = 24;
/// The number of the function that was called last, and its caller's registers (saved_registers()).
inline constexpr std::uint64_t function = 40;
inline constexpr std::uint64_t registers = 48;
inline constexpr std::uint64_t end = 120;

}  // namespace clock_data

/// The saved registers in their order, as indices into Registers::words.
std::span<const std::size_t> saved_registers(Abi abi);

/// On i386 each function begins with an instruction whose operand, four bytes at this offset, is the address of the
/// data.
inline constexpr std::size_t data_operand_i386 = 1;

}  // namespace openmosix
