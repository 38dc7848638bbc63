// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace openmosix {

/// Bytes that a call's buffers may have together; a process comes home for a call that needs more. Both sides hold them
/// while the call is made.
inline constexpr std::uint32_t max_call_area = std::uint32_t{32} << 20U;

/// A system call on its way to the deputy. What its pointers point to lies in an area of the deputy's memory that the
/// home supervisor provides: the input at its beginning, room for the output after it. The guest's side alone knows
/// the table; home places the input, puts addresses where relocations say so, makes the call and sends the outputs.
struct CallRequest {
    /// A pointer to `target` (an offset in the area), of the ABI's word size.
    struct Relocation {
        bool is_argument = true;
        /// An argument's index (0 to 5), or the offset in the area where the pointer lies.
        std::uint32_t place = 0;
        std::uint32_t target = 0;

        static void fields(auto& self, auto&& visit) {
            visit("is_argument", self.is_argument);
            visit("place", self.place);
            visit("target", self.target);
        }
    };
    /// A part of the area that goes back to the body.
    struct Output {
        enum class Length : std::uint8_t {
            /// `size` bytes, when the call did not fail.
            fixed = 0,
            /// The call's result in units of `unit` bytes without the first `before` bytes, `size` bytes at most, when
            /// it
            /// did not fail.
            result = 1,
            /// `size` bytes, also when the call failed (a timeout's rest).
            always = 2,
        };
        std::uint32_t offset = 0;
        std::uint32_t size = 0;
        Length length = Length::fixed;
        std::uint32_t unit = 1;
        std::uint32_t before = 0;

        static void fields(auto& self, auto&& visit) {
            visit("offset", self.offset);
            visit("size", self.size);
            visit("length", self.length);
            visit("unit", self.unit);
            visit("before", self.before);
        }
    };

    std::uint32_t number = 0;
    std::array<std::uint64_t, 6> arguments{};
    std::vector<std::uint8_t> input;
    /// Bytes of the area that the call needs, input and outputs together.
    std::uint32_t area = 0;
    std::vector<Relocation> relocations;
    std::vector<Output> outputs;

    static void fields(auto& self, auto&& visit) {
        visit("number", self.number);
        visit("arguments", self.arguments);
        visit("input", self.input);
        visit("area", self.area);
        visit("relocations", self.relocations);
        visit("outputs", self.outputs);
    }
};

/// What the deputy's call gave: the value as the kernel puts it in the result register (-4095 to -1: an error), sign
/// extended, and the outputs one after another, each as long as its rule says.
struct CallResult {
    std::int64_t value = 0;
    std::vector<std::uint8_t> output;

    static void fields(auto& self, auto&& visit) {
        visit("value", self.value);
        visit("output", self.output);
    }
};

}  // namespace openmosix
