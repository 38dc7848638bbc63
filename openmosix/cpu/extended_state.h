// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "image/fields.h"

namespace openmosix {

/// A part of the floating-point and vector state, numbered as in XSTATE_BV (Intel SDM volume 1, 13.1): 2 AVX, 5 to 7
/// AVX-512, 9 protection keys.
struct StateComponent {
    std::uint8_t number = 0;
    Bytes bytes;

    static void fields(auto& self, auto&& visit) {
        visit("number", self.number);
        visit("bytes", self.bytes);
    }
    bool operator==(const StateComponent&) const = default;
};

/// The floating-point and vector state of a thread, independent of where a processor puts its components: AMD's and
/// Intel's offsets differ.
struct ExtendedState {
    /// The 512 bytes of FXSAVE: x87, MMX and SSE. Of a processor without FXSAVE the x87 part is in its places.
    Bytes legacy;
    /// Which components are not in their initial state; bits 0 and 1 are x87 and SSE.
    std::uint64_t present = 0;
    std::vector<StateComponent> components;

    static void fields(auto& self, auto&& visit) {
        visit("legacy", self.legacy);
        visit("present", self.present);
        visit("components", self.components);
    }
    bool operator==(const ExtendedState&) const = default;
};

/// Where this or another processor has its components in the image that XSAVE writes.
struct XsaveLayout {
    struct Place {
        std::uint32_t offset = 0;
        std::uint32_t size = 0;
    };
    /// By component number; size 0: it has no such component.
    std::vector<Place> places;

    /// Of the processor that we run on (CPUID leaf 0xD).
    static XsaveLayout of_this_processor();
};

/// Takes the image that ptrace(2) gives as NT_X86_XSTATE apart. Throws std::runtime_error when it is too short.
ExtendedState from_xsave(std::span<const std::uint8_t> image, const XsaveLayout& layout);

/// Puts the state into `image`, which is one of this processor's own, of another thread. Throws std::runtime_error when
/// a component that is in use does not exist here.
void into_xsave(const ExtendedState& state, const XsaveLayout& layout, std::span<std::uint8_t> image);

/// The 108 bytes of FSAVE, which is all that a 486 has, from and to the x87 part of FXSAVE's 512 bytes (Intel SDM volume
/// 1, 8.1.10 and 10.5.1).
Bytes fxsave_from_fsave(std::span<const std::uint8_t> fsave);
Bytes fsave_from_fxsave(std::span<const std::uint8_t> fxsave);

}  // namespace openmosix
