// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "image/process_image.h"

namespace openmosix {

/// What an image must fit into.
struct ImageLimits {
    Abi abi = Abi::amd64;
    /// Nothing may be mapped below it (vm.mmap_min_addr); 0 where the kernel looks at that itself.
    std::uint64_t lowest_address = 0;
};

/// Why an image that a peer sent is none of a process: what is wrong about it, none when all is well. Afterwards signal
/// numbers and sizes are those of the ABI, and its ranges are whole pages in order, apart from each other, from the
/// agent's area and from the vDSO. What the registers and the floating-point state mean is left to the kernel. Uses
/// nothing but its arguments.
std::optional<std::string> check_image(const ProcessImage& image, const ImageLimits& limits);

// The parts of that which also hold for an image in a file.

/// Signal numbers and sizes are those of the ABI.
std::optional<std::string> check_signals(const ImageSignals& signals, Abi abi);
/// Sizes, and the registers' ABI.
std::optional<std::string> check_thread(const ImageThread& thread, Abi abi);
/// Ranges, agent's area and vDSO.
std::optional<std::string> check_addresses(const ProcessImage& image, const ImageLimits& limits);

/// vm.mmap_min_addr of this node.
std::uint64_t lowest_mappable_address();

}  // namespace openmosix
