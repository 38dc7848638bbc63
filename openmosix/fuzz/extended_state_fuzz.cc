// SPDX-License-Identifier: GPL-2.0-or-later
//
// libFuzzer target: any bytes as floating-point state from a peer, and as images of XSAVE, FXSAVE and FSAVE. What is
// put into an image comes out of it again; what is refused leaves the image as it was.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>

#include "common/fuzz/require.h"
#include "cpu/extended_state.h"
#include "image/decoding.h"
#include "image/encoding.h"

namespace {

using namespace openmosix;

constexpr std::size_t image_size = 1024;
/// In the part of the image that is the kernel's (struct _fpx_sw_bytes), from which it is the receiver's.
constexpr std::size_t kernels_bytes = 464;
constexpr std::size_t mxcsr_mask_offset = 28;

/// Of a processor with a small AVX, protection keys, and one component beyond what it gives.
XsaveLayout small_layout() {
    XsaveLayout layout;
    layout.places.resize(20);
    layout.places[2] = {576, 256};
    layout.places[9] = {832, 8};
    layout.places[17] = {1000, 64};
    return layout;
}

Bytes fresh_image(std::size_t size) {
    Bytes image(size);
    const std::uint32_t mask = 0xffff;
    std::memcpy(&image[mxcsr_mask_offset], &mask, sizeof mask);
    return image;
}

/// Whether it was not refused.
template <typename Put>
bool is_put(Bytes& image, Put put) {
    const Bytes before = image;
    try {
        put(image);
        return true;
    } catch (const std::runtime_error&) {
        require(image == before);
        return false;
    }
}

void take_state(const ExtendedState& state) {
    const XsaveLayout layout = small_layout();
    Bytes image = fresh_image(image_size);
    if (is_put(image, [&](Bytes& into) { into_xsave(state, layout, into); })) {
        ExtendedState again = from_xsave(image, layout);
        require(again.present == state.present);
        ExtendedState sorted = state;
        std::ranges::sort(sorted.components, {}, &StateComponent::number);
        require(again.components == sorted.components);
        std::copy_n(state.legacy.begin() + mxcsr_mask_offset, 4, again.legacy.begin() + mxcsr_mask_offset);
        require(std::equal(again.legacy.begin(), again.legacy.begin() + kernels_bytes, state.legacy.begin()));
    }
    Bytes old_image = fresh_image(fxsave_size);
    is_put(old_image, [&](Bytes& into) { into_fxsave(state, into); });
    try {
        require(to_fsave(state).size() == fsave_size);
    } catch (const std::runtime_error&) {
    }
}

void take_images(std::span<const std::uint8_t> bytes) {
    try {
        const ExtendedState state = from_xsave(bytes, small_layout());
        Bytes image = fresh_image(image_size);
        is_put(image, [&](Bytes& into) { into_xsave(state, small_layout(), into); });
    } catch (const std::runtime_error&) {
    }
    if (bytes.size() >= fxsave_size) {
        const auto fxsave = bytes.first(fxsave_size);
        static_cast<void>(is_sse_in_use(fxsave));
        const Bytes fsave = fsave_from_fxsave(fxsave);
        require(fsave_from_fxsave(fxsave_from_fsave(fsave)) == fsave);
    }
    if (bytes.size() >= fsave_size) {
        require(fxsave_from_fsave(bytes.first(fsave_size)).size() == fxsave_size);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const std::uint8_t> input(data, size);
    if (const auto state = decode<ExtendedState>(input)) {
        require(encode(*state) == Bytes(input.begin(), input.end()));
        take_state(*state);
    }
    take_images(input);
    return 0;
}
