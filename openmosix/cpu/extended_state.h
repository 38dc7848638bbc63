// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "image/fields.h"

namespace openmosix {

/// A part of the floating-point and vector state, numbered as in XSTATE_BV (Intel SDM volume 1, 13.1): 2 AVX, 5 to 7
/// AVX-512, 9 protection keys, 17 and 18 AMX.
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
    /// Which components are not in their initial state; bits 0 and 1 are x87 and SSE. The others are `components`.
    std::uint64_t present = 0;
    std::vector<StateComponent> components;

    static void fields(auto& self, auto&& visit) {
        visit("legacy", self.legacy);
        visit("present", self.present);
        visit("components", self.components);
    }
    bool operator==(const ExtendedState&) const = default;
};

/// Bits of ExtendedState::present.
inline constexpr std::uint64_t x87_present = 1;
inline constexpr std::uint64_t sse_present = 2;

/// Sizes of the images of FXSAVE (NT_PRXFPREG, on amd64 NT_PRFPREG) and of FSAVE (NT_PRFPREG on i386).
inline constexpr std::size_t fxsave_size = 512;
inline constexpr std::size_t fsave_size = 108;

/// Where this or another processor has its components in the image that XSAVE writes in its standard form.
struct XsaveLayout {
    struct Place {
        std::uint32_t offset = 0;
        std::uint32_t size = 0;
    };
    /// By component number; size 0: it has no such component.
    std::vector<Place> places;

    /// Of the processor that we run on (CPUID leaf 0xD).
    static XsaveLayout of_this_processor();
    /// Without component for a number that it does not know.
    [[nodiscard]] Place place(std::size_t number) const;
};

/// Takes the image that ptrace(2) gives as NT_X86_XSTATE apart. Components in their initial state are left out. Throws
/// std::runtime_error when it is too short, or lacks a component that it says is in use.
ExtendedState from_xsave(std::span<const std::uint8_t> image, const XsaveLayout& layout);

/// Puts the state into `image`, which is one of this processor's own, of another thread: so it has the only size that
/// PTRACE_SETREGSET takes and, in bytes that are the kernel's, the components that this kernel keeps. Throws
/// std::runtime_error, and leaves the image as it is, when a component or an option in MXCSR that is in use does not
/// exist here, and when the state contradicts itself.
void into_xsave(const ExtendedState& state, const XsaveLayout& layout, std::span<std::uint8_t> image);

/// The same for a processor without XSAVE, with its own image of FXSAVE.
void into_fxsave(const ExtendedState& state, std::span<std::uint8_t> image);

/// The same for a processor without FXSAVE.
Bytes to_fsave(const ExtendedState& state);

/// Puts SSE into its initial state.
void forget_sse(ExtendedState& state);

/// Whether SSE registers or MXCSR of this FXSAVE image have other than their initial values. Throws std::runtime_error
/// for one of another size.
bool is_sse_in_use(std::span<const std::uint8_t> fxsave);

/// The 108 bytes of FSAVE, which is all that a 486 has, from and to the x87 part of FXSAVE's 512 bytes (Intel SDM
/// volume 1, 8.1.10 and 10.5.1). FXSAVE keeps of a register's tag only whether it is empty; the rest follows from its
/// content. Throw std::runtime_error for an image of another size.
Bytes fxsave_from_fsave(std::span<const std::uint8_t> fsave);
Bytes fsave_from_fxsave(std::span<const std::uint8_t> fxsave);

}  // namespace openmosix
