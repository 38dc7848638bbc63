// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpu/extended_state.h"

#include <cpuid.h>

#include <algorithm>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <string>

namespace openmosix {

namespace {

/// Where the kernel's own bytes (struct _fpx_sw_bytes of asm/sigcontext.h) begin in the legacy area, and where in them
/// it says which components it keeps.
constexpr std::size_t kernels_bytes = 464;
constexpr std::size_t kept_components = kernels_bytes;
constexpr std::size_t header_size = 64;
constexpr unsigned extended_state_leaf = 0xd;
constexpr unsigned first_component = 2;
constexpr unsigned max_components = 63;

constexpr std::size_t mxcsr_offset = 24;
constexpr std::size_t mxcsr_mask_offset = 28;
constexpr std::size_t xmm_offset = 160;
/// Of 16 registers; those that 32-bit programs do not have are zero.
constexpr std::size_t xmm_size = 256;
constexpr std::uint32_t initial_mxcsr = 0x1f80;
/// What a processor has that does not say it (Intel SDM volume 1, 11.6.6).
constexpr std::uint32_t oldest_mxcsr_mask = 0xffbf;

constexpr unsigned x87_registers = 8;
constexpr std::size_t x87_register_size = 10;
constexpr std::size_t first_in_fxsave = 32;
constexpr std::size_t distance_in_fxsave = 16;
constexpr std::size_t first_in_fsave = 28;

constexpr unsigned tag_valid = 0;
constexpr unsigned tag_zero = 1;
constexpr unsigned tag_special = 2;
constexpr unsigned tag_empty = 3;

template <typename Number>
Number get(std::span<const std::uint8_t> bytes, std::size_t offset) {
    Number value = 0;
    std::memcpy(&value, bytes.subspan(offset, sizeof value).data(), sizeof value);
    return value;
}

template <typename Number>
void put(std::span<std::uint8_t> bytes, std::size_t offset, Number value) {
    std::memcpy(bytes.subspan(offset, sizeof value).data(), &value, sizeof value);
}

void copy(std::span<const std::uint8_t> from, std::size_t from_offset, std::span<std::uint8_t> to,
          std::size_t to_offset, std::size_t size) {
    std::ranges::copy(from.subspan(from_offset, size), to.subspan(to_offset, size).begin());
}

constexpr std::uint64_t bit(unsigned number) {
    return std::uint64_t{1} << number;
}

void must_have_size(std::span<const std::uint8_t> bytes, std::size_t size, const char* name) {
    if (bytes.size() != size) {
        throw std::runtime_error(std::string("an image of ") + name + " has " + std::to_string(size) + " bytes, not " +
                                 std::to_string(bytes.size()));
    }
}

void must_be_xsave_image(std::span<const std::uint8_t> image) {
    if (image.size() < fxsave_size + header_size) {
        throw std::runtime_error("an image of XSAVE has more than " + std::to_string(image.size()) + " bytes");
    }
}

/// Whether the image reaches as far as the component, if there is one.
bool has(std::span<const std::uint8_t> image, XsaveLayout::Place place) {
    return place.size != 0 && std::uint64_t{place.offset} + place.size <= image.size();
}

void must_be_consistent(const ExtendedState& state) {
    must_have_size(state.legacy, fxsave_size, "FXSAVE");
    std::uint64_t present = state.present & (x87_present | sse_present);
    for (const StateComponent& component : state.components) {
        if (component.number < first_component || component.number >= max_components ||
            (present & bit(component.number)) != 0) {
            throw std::runtime_error("there cannot be a component " + std::to_string(component.number) +
                                     " of the floating-point state here");
        }
        present |= bit(component.number);
    }
    if (present != state.present) {
        throw std::runtime_error("the floating-point state has other components than it says");
    }
}

void must_fit(const ExtendedState& state, const XsaveLayout& layout, std::span<const std::uint8_t> image) {
    // 0 in an image that no kernel wrote.
    const auto kept = get<std::uint64_t>(image, kept_components);
    for (const StateComponent& component : state.components) {
        const XsaveLayout::Place place = layout.place(component.number);
        if (!has(image, place) || place.size != component.bytes.size() ||
            (kept != 0 && (kept & bit(component.number)) == 0)) {
            throw std::runtime_error("this processor or its kernel lacks component " +
                                     std::to_string(component.number) +
                                     " of the floating-point state, which the program uses");
        }
    }
}

/// Copies x87 and SSE; the image keeps what is this processor's or its kernel's. Throws before it changes anything.
void put_legacy(std::span<const std::uint8_t> legacy, std::span<std::uint8_t> image) {
    const auto mask = get<std::uint32_t>(image, mxcsr_mask_offset);
    const auto mxcsr = get<std::uint32_t>(legacy, mxcsr_offset);
    if ((mxcsr & ~(mask == 0 ? oldest_mxcsr_mask : mask)) != 0) {
        std::ostringstream text;
        text << "this processor lacks an option in MXCSR, 0x" << std::hex << mxcsr << ", which the program uses";
        throw std::runtime_error(text.str());
    }
    copy(legacy, 0, image, 0, kernels_bytes);
    put(image, mxcsr_mask_offset, mask);
}

/// What FSAVE says of a register that is not empty.
unsigned tag_of(std::span<const std::uint8_t> x87_register) {
    constexpr unsigned max_exponent = 0x7fff;
    const auto significand = get<std::uint64_t>(x87_register, 0);
    const unsigned exponent = get<std::uint16_t>(x87_register, sizeof significand) & max_exponent;
    if (exponent == 0 && significand == 0) {
        return tag_zero;
    }
    const bool is_normal = exponent != 0 && exponent != max_exponent && significand >> 63U != 0;
    return is_normal ? tag_valid : tag_special;
}

}  // namespace

XsaveLayout XsaveLayout::of_this_processor() {
    XsaveLayout layout;
    layout.places.resize(max_components);
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    if (__get_cpuid_count(extended_state_leaf, 0, &a, &b, &c, &d) == 0) {
        return layout;
    }
    const std::uint64_t known = std::uint64_t{d} << 32U | a;
    for (unsigned number = first_component; number < max_components; ++number) {
        if ((known & bit(number)) != 0 && __get_cpuid_count(extended_state_leaf, number, &a, &b, &c, &d) != 0) {
            layout.places.at(number) = {b, a};
        }
    }
    return layout;
}

XsaveLayout::Place XsaveLayout::place(std::size_t number) const {
    return number < places.size() ? places.at(number) : Place{};
}

ExtendedState from_xsave(std::span<const std::uint8_t> image, const XsaveLayout& layout) {
    must_be_xsave_image(image);
    ExtendedState state;
    state.legacy.resize(fxsave_size);
    copy(image, 0, state.legacy, 0, kernels_bytes);
    state.present = get<std::uint64_t>(image, fxsave_size);
    for (unsigned number = first_component; number <= max_components; ++number) {
        if ((state.present & bit(number)) == 0) {
            continue;
        }
        const XsaveLayout::Place place = layout.place(number);
        if (!has(image, place)) {
            throw std::runtime_error("the kernel does not give component " + std::to_string(number) +
                                     " of the floating-point state, which the program uses");
        }
        const auto bytes = image.subspan(place.offset, place.size);
        state.components.push_back({static_cast<std::uint8_t>(number), Bytes(bytes.begin(), bytes.end())});
    }
    return state;
}

void into_xsave(const ExtendedState& state, const XsaveLayout& layout, std::span<std::uint8_t> image) {
    must_be_xsave_image(image);
    must_be_consistent(state);
    must_fit(state, layout, image);
    put_legacy(state.legacy, image);
    // The kernel takes no header with other than XSTATE_BV in it.
    std::ranges::fill(image.subspan(fxsave_size, header_size), std::uint8_t{0});
    put(image, fxsave_size, state.present);
    for (const StateComponent& component : state.components) {
        copy(component.bytes, 0, image, layout.place(component.number).offset, component.bytes.size());
    }
}

void into_fxsave(const ExtendedState& state, std::span<std::uint8_t> image) {
    must_have_size(image, fxsave_size, "FXSAVE");
    must_be_consistent(state);
    if (!state.components.empty()) {
        throw std::runtime_error("this processor has x87 and SSE only, and the program uses more");
    }
    put_legacy(state.legacy, image);
}

Bytes to_fsave(const ExtendedState& state) {
    must_be_consistent(state);
    if ((state.present & ~x87_present) != 0) {
        throw std::runtime_error("this processor has x87 only, and the program uses more");
    }
    return fsave_from_fxsave(state.legacy);
}

void forget_sse(ExtendedState& state) {
    must_have_size(state.legacy, fxsave_size, "FXSAVE");
    put(std::span(state.legacy), mxcsr_offset, initial_mxcsr);
    std::ranges::fill(std::span(state.legacy).subspan(xmm_offset, xmm_size), std::uint8_t{0});
    state.present &= ~sse_present;
}

bool is_sse_in_use(std::span<const std::uint8_t> fxsave) {
    must_have_size(fxsave, fxsave_size, "FXSAVE");
    const auto is_zero = [](std::uint8_t byte) { return byte == 0; };
    return get<std::uint32_t>(fxsave, mxcsr_offset) != initial_mxcsr ||
           !std::ranges::all_of(fxsave.subspan(xmm_offset, xmm_size), is_zero);
}

Bytes fxsave_from_fsave(std::span<const std::uint8_t> fsave) {
    must_have_size(fsave, fsave_size, "FSAVE");
    Bytes fxsave(fxsave_size);
    const unsigned tags = get<std::uint16_t>(fsave, 8);
    unsigned in_use = 0;
    for (unsigned i = 0; i < x87_registers; ++i) {
        in_use |= (tags >> (2 * i) & 3U) == tag_empty ? 0U : 1U << i;
    }
    copy(fsave, 0, fxsave, 0, 2);  // control word
    copy(fsave, 4, fxsave, 2, 2);  // status word
    put(fxsave, 4, static_cast<std::uint8_t>(in_use));
    copy(fsave, 18, fxsave, 6, 2);   // last opcode
    copy(fsave, 12, fxsave, 8, 4);   // its place
    copy(fsave, 16, fxsave, 12, 2);  // and segment
    copy(fsave, 20, fxsave, 16, 4);  // the place of its operand
    copy(fsave, 24, fxsave, 20, 2);  // and segment
    put(fxsave, mxcsr_offset, initial_mxcsr);
    for (unsigned i = 0; i < x87_registers; ++i) {
        copy(fsave, first_in_fsave + i * x87_register_size, fxsave, first_in_fxsave + i * distance_in_fxsave,
             x87_register_size);
    }
    return fxsave;
}

Bytes fsave_from_fxsave(std::span<const std::uint8_t> fxsave) {
    must_have_size(fxsave, fxsave_size, "FXSAVE");
    Bytes fsave(fsave_size);
    constexpr std::uint16_t unused = 0xffff;
    for (const std::size_t offset : {2U, 6U, 10U, 26U}) {
        put(fsave, offset, unused);
    }
    copy(fxsave, 0, fsave, 0, 2);
    copy(fxsave, 2, fsave, 4, 2);
    copy(fxsave, 6, fsave, 18, 2);
    copy(fxsave, 8, fsave, 12, 4);
    copy(fxsave, 12, fsave, 16, 2);
    copy(fxsave, 16, fsave, 20, 4);
    copy(fxsave, 20, fsave, 24, 2);
    for (unsigned i = 0; i < x87_registers; ++i) {
        copy(fxsave, first_in_fxsave + i * distance_in_fxsave, fsave, first_in_fsave + i * x87_register_size,
             x87_register_size);
    }
    // Tags are those of the physical registers, and the registers are stored from the top of the stack on.
    const unsigned top = unsigned{get<std::uint16_t>(fxsave, 2)} >> 11U & 7U;
    const unsigned in_use = fxsave[4];
    unsigned tags = 0;
    for (unsigned i = 0; i < x87_registers; ++i) {
        const std::size_t place = first_in_fxsave + (i - top) % x87_registers * distance_in_fxsave;
        const bool is_empty = (in_use >> i & 1U) == 0;
        tags |= (is_empty ? tag_empty : tag_of(fxsave.subspan(place, x87_register_size))) << (2 * i);
    }
    put(fsave, 8, static_cast<std::uint16_t>(tags));
    return fsave;
}

}  // namespace openmosix
