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

/// What the kernel must do before programs can use some instructions.
struct KernelSupport {
    /// XCR0: registers that the kernel does not save are none that a program may use. 0 without XSAVE.
    std::uint64_t saved_states = 0;
    /// AT_HWCAP2 has HWCAP2_FSGSBASE.
    bool has_fsgsbase = false;
    /// Some instructions exist in 64-bit programs only.
    bool is_64_bit = false;
};

CpuFeatures decode_features(const CpuidReader& cpuid, const KernelSupport& kernel);

/// Of this processor. A 486 without CPUID has what the kernel found out by other means: whether it has an
/// x87.
CpuFeatures cpu_features();

/// What a program that started on `source` may use and `target` lacks. Either may be unsorted, as from another node.
std::vector<std::string> missing_features(const CpuFeatures& source, const CpuFeatures& target);

}  // namespace openmosix
