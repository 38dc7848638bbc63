// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpu/extended_state.h"

#include <cpuid.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

namespace openmosix {

namespace {

constexpr std::size_t legacy_size = 512;
/// What the kernel keeps for itself at the end of the legacy area (struct fpx_sw_bytes).
constexpr std::size_t legacy_used = 464;
constexpr std::size_t header_size = 64;
constexpr std::size_t mxcsr_place = 24;
constexpr std::size_t fsave_size = 108;
constexpr unsigned extended_state_leaf = 0xd;
constexpr unsigned most_components = 63;
constexpr std::uint32_t initial_mxcsr = 0x1f80;
constexpr std::uint64_t x87_and_sse = 3;

std::uint16_t get_16(std::span<const std::uint8_t> bytes, std::size_t place) {
    std::uint16_t value = 0;
    std::memcpy(&value, bytes.data() + place, sizeof value);
    return value;
}

void put_16(Bytes& bytes, std::size_t place, unsigned value) {
    const auto number = static_cast<std::uint16_t>(value);
    std::memcpy(bytes.data() + place, &number, sizeof number);
}

}  // namespace

XsaveLayout XsaveLayout::of_this_processor() {
    XsaveLayout layout;
    layout.places.resize(most_components);
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    if (__get_cpuid_count(extended_state_leaf, 0, &a, &b, &c, &d) == 0) {
        return layout;
    }
    const std::uint64_t has = std::uint64_t{d} << 32U | a;
    for (unsigned number = 2; number < most_components; ++number) {
        if ((has >> number & 1U) != 0 && __get_cpuid_count(extended_state_leaf, number, &a, &b, &c, &d) != 0) {
            layout.places.at(number) = {b, a};
        }
    }
    return layout;
}

ExtendedState from_xsave(std::span<const std::uint8_t> image, const XsaveLayout& layout) {
    if (image.size() < legacy_size + header_size) {
        throw std::runtime_error("the floating-point state is too short");
    }
    ExtendedState state;
    state.legacy.assign(image.begin(), image.begin() + legacy_size);
    std::fill(state.legacy.begin() + legacy_used, state.legacy.end(), std::uint8_t{0});
    std::memcpy(&state.present, image.data() + legacy_size, sizeof state.present);
    for (std::uint8_t number = 2; number < layout.places.size(); ++number) {
        const XsaveLayout::Place& place = layout.places.at(number);
        if ((state.present >> number & 1U) != 0 && place.size != 0 &&
            std::uint64_t{place.offset} + place.size <= image.size()) {
            const auto bytes = image.subspan(place.offset, place.size);
            state.components.push_back({number, Bytes(bytes.begin(), bytes.end())});
        }
    }
    return state;
}

void into_xsave(const ExtendedState& state, const XsaveLayout& layout, std::span<std::uint8_t> image) {
    if (image.size() < legacy_size + header_size || state.legacy.size() != legacy_size) {
        throw std::runtime_error("the floating-point state has another size than it must have");
    }
    std::copy_n(state.legacy.begin(), legacy_used, image.begin());
    std::uint64_t present = state.present & x87_and_sse;
    std::fill(image.begin() + legacy_size, image.begin() + legacy_size + header_size, std::uint8_t{0});
    for (const StateComponent& component : state.components) {
        const XsaveLayout::Place place =
            component.number < layout.places.size() ? layout.places.at(component.number) : XsaveLayout::Place{};
        if (component.number < 2 || place.size != component.bytes.size() ||
            std::uint64_t{place.offset} + place.size > image.size()) {
            throw std::runtime_error("this processor does not have component " + std::to_string(component.number) +
                                     " of the floating-point state, which the program uses");
        }
        std::ranges::copy(component.bytes, image.begin() + place.offset);
        present |= std::uint64_t{1} << component.number;
    }
    std::memcpy(image.data() + legacy_size, &present, sizeof present);
}

Bytes fxsave_from_fsave(std::span<const std::uint8_t> fsave) {
    Bytes fxsave(legacy_size);
    if (fsave.size() < fsave_size) {
        throw std::runtime_error("the floating-point state is too short");
    }
    put_16(fxsave, 0, get_16(fsave, 0));
    put_16(fxsave, 2, get_16(fsave, 4));
    const unsigned tags = get_16(fsave, 8);
    unsigned in_use = 0;
    for (unsigned i = 0; i < 8; ++i) {
        in_use |= (tags >> (2 * i) & 3U) == 3 ? 0U : 1U << i;
    }
    fxsave.at(4) = static_cast<std::uint8_t>(in_use);
    put_16(fxsave, 6, get_16(fsave, 18));
    std::copy_n(fsave.begin() + 12, 4, fxsave.begin() + 8);
    put_16(fxsave, 12, get_16(fsave, 16));
    std::copy_n(fsave.begin() + 20, 4, fxsave.begin() + 16);
    put_16(fxsave, 20, get_16(fsave, 24));
    std::memcpy(fxsave.data() + mxcsr_place, &initial_mxcsr, sizeof initial_mxcsr);
    for (std::ptrdiff_t i = 0; i < 8; ++i) {
        std::copy_n(fsave.begin() + 28 + 10 * i, 10, fxsave.begin() + 32 + 16 * i);
    }
    return fxsave;
}

Bytes fsave_from_fxsave(std::span<const std::uint8_t> fxsave) {
    if (fxsave.size() != legacy_size) {
        throw std::runtime_error("the floating-point state has another size than it must have");
    }
    Bytes fsave(fsave_size);
    constexpr unsigned unused = 0xffff;
    put_16(fsave, 0, get_16(fxsave, 0));
    put_16(fsave, 2, unused);
    put_16(fsave, 4, get_16(fxsave, 2));
    put_16(fsave, 6, unused);
    // Of the two bits for each register only "empty" counts when they are loaded.
    unsigned tags = 0;
    for (unsigned i = 0; i < 8; ++i) {
        tags |= (fxsave[4] >> i & 1U) != 0 ? 0U : 3U << (2 * i);
    }
    put_16(fsave, 8, tags);
    put_16(fsave, 10, unused);
    std::copy_n(fxsave.begin() + 8, 4, fsave.begin() + 12);
    put_16(fsave, 16, get_16(fxsave, 12));
    put_16(fsave, 18, get_16(fxsave, 6));
    std::copy_n(fxsave.begin() + 16, 4, fsave.begin() + 20);
    put_16(fsave, 24, get_16(fxsave, 20));
    put_16(fsave, 26, unused);
    for (std::ptrdiff_t i = 0; i < 8; ++i) {
        std::copy_n(fxsave.begin() + 32 + 16 * i, 10, fsave.begin() + 28 + 10 * i);
    }
    return fsave;
}

}  // namespace openmosix
