// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace openmosix {

/// The instruction sets that a processor and its kernel offer to programs, by the names of /proc/cpuinfo, sorted.
struct CpuFeatures {
    std::vector<std::string> names;
};

/// Registers a, b, c, d of a CPUID leaf and subleaf; zeros for one that does not exist.
using CpuidReader = std::function<std::array<std::uint32_t, 4>(std::uint32_t leaf, std::uint32_t subleaf)>;

/// `enabled_states` is XCR0: vector registers that the kernel does not save are none that a program may use.
CpuFeatures decode_features(const CpuidReader& cpuid, std::uint64_t enabled_states);

/// Of this processor. A 486 without CPUID has none.
CpuFeatures cpu_features();

/// What a program that started on `source` may use and `target` lacks.
std::vector<std::string> missing_features(const CpuFeatures& source, const CpuFeatures& target);

}  // namespace openmosix
