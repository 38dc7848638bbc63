// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpu/extended_state.h"

#include <cpuid.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace openmosix {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

constexpr std::size_t kernels_bytes = 464;
constexpr std::size_t mxcsr_offset = 24;
constexpr std::size_t mxcsr_mask_offset = 28;
constexpr std::uint32_t initial_mxcsr = 0x1f80;

constexpr std::uint64_t avx = 1U << 2U;
constexpr std::uint64_t opmask = 1U << 5U;
constexpr std::uint64_t upper_zmm = 1U << 6U;
constexpr std::uint64_t further_zmm = 1U << 7U;
constexpr std::uint64_t protection_keys = 1U << 9U;

/// A processor's layout, and how large its images are.
struct ProcessorWithXsave {
    XsaveLayout layout;
    std::size_t image_size = 0;
    std::uint64_t components = 0;
    std::uint32_t mxcsr_mask = 0xffff;

    /// An image as the kernel gives it, with other bytes in each component.
    [[nodiscard]] Bytes image(std::uint64_t present, std::uint8_t seed) const {
        Bytes bytes(image_size);
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            bytes.at(i) = static_cast<std::uint8_t>(seed + i * 7);
        }
        put(bytes, mxcsr_offset, initial_mxcsr);
        put(bytes, mxcsr_mask_offset, mxcsr_mask);
        put(bytes, kernels_bytes, components);
        std::fill_n(bytes.begin() + fxsave_size, 64, std::uint8_t{0});
        put(bytes, fxsave_size, present);
        return bytes;
    }
    template <typename Number>
    static void put(Bytes& bytes, std::size_t offset, Number value) {
        std::memcpy(&bytes.at(offset), &value, sizeof value);
    }
    [[nodiscard]] Bytes component(const Bytes& image, std::size_t number) const {
        const auto place = layout.place(number);
        return {image.begin() + place.offset, image.begin() + place.offset + place.size};
    }
};

/// Skylake-X: the gap is where MPX was (criu#2144).
ProcessorWithXsave intel() {
    ProcessorWithXsave processor{
        {}, 2696, x87_present | sse_present | avx | opmask | upper_zmm | further_zmm | protection_keys};
    processor.layout.places = {{}, {}, {576, 256}, {}, {}, {1088, 64}, {1152, 512}, {1664, 1024}, {}, {2688, 8}};
    return processor;
}

/// Zen 4, without protection keys.
ProcessorWithXsave amd() {
    ProcessorWithXsave processor{{}, 2432, x87_present | sse_present | avx | opmask | upper_zmm | further_zmm, 0x2ffff};
    processor.layout.places = {{}, {}, {576, 256}, {}, {}, {832, 64}, {896, 512}, {1408, 1024}};
    return processor;
}

/// Sandy Bridge.
ProcessorWithXsave with_avx_only() {
    ProcessorWithXsave processor{{}, 832, x87_present | sse_present | avx};
    processor.layout.places = {{}, {}, {576, 256}};
    return processor;
}

std::uint64_t present_in(const Bytes& image) {
    std::uint64_t present = 0;
    std::memcpy(&present, &image.at(fxsave_size), sizeof present);
    return present;
}

TEST(ExtendedState, KeepsEachComponentFromOneProcessorToAnother) {
    const std::uint64_t present = x87_present | sse_present | avx | opmask | upper_zmm | further_zmm;
    const Bytes source = intel().image(present, 1);
    Bytes target = amd().image(x87_present, 99);
    into_xsave(from_xsave(source, intel().layout), amd().layout, target);

    EXPECT_EQ(target.size(), amd().image_size);
    EXPECT_EQ(present_in(target), present);
    for (const std::size_t number : {2U, 5U, 6U, 7U}) {
        EXPECT_EQ(amd().component(target, number), intel().component(source, number)) << number;
    }
    EXPECT_TRUE(std::equal(source.begin(), source.begin() + mxcsr_mask_offset, target.begin()));
    EXPECT_TRUE(std::equal(source.begin() + 32, source.begin() + kernels_bytes, target.begin() + 32));
}

TEST(ExtendedState, ComesHomeAsItLeft) {
    const Bytes source = intel().image(x87_present | avx | further_zmm, 5);
    const ExtendedState left = from_xsave(source, intel().layout);
    Bytes away = amd().image(0, 77);
    into_xsave(left, amd().layout, away);
    ExtendedState back = from_xsave(away, amd().layout);
    // What MXCSR can be is the processor's, not the program's.
    std::copy_n(left.legacy.begin() + mxcsr_mask_offset, 4, back.legacy.begin() + mxcsr_mask_offset);
    EXPECT_EQ(back, left);
}

TEST(ExtendedState, LeavesTheKernelsBytesOfTheTargetAndAnEmptyHeader) {
    Bytes target = amd().image(x87_present | avx | upper_zmm, 99);
    const Bytes before = target;
    ProcessorWithXsave::put(target, fxsave_size + 8, ~std::uint64_t{0});
    into_xsave(from_xsave(intel().image(sse_present, 1), intel().layout), amd().layout, target);
    EXPECT_TRUE(
        std::equal(before.begin() + kernels_bytes, before.begin() + fxsave_size, target.begin() + kernels_bytes));
    EXPECT_TRUE(
        std::equal(before.begin() + mxcsr_mask_offset, before.begin() + 32, target.begin() + mxcsr_mask_offset));
    EXPECT_EQ(present_in(target), sse_present);
    EXPECT_TRUE(std::all_of(target.begin() + fxsave_size + 8, target.begin() + fxsave_size + 64,
                            [](std::uint8_t byte) { return byte == 0; }));
}

TEST(ExtendedState, LeavesOutWhatIsInItsInitialState) {
    EXPECT_THAT(from_xsave(intel().image(x87_present, 1), intel().layout).components, IsEmpty());
    EXPECT_THAT(from_xsave(intel().image(x87_present | avx | protection_keys, 1), intel().layout).components,
                ElementsAre(Field(&StateComponent::number, 2), Field(&StateComponent::number, 9)));
}

TEST(ExtendedState, MovesToASmallerProcessorWhenItUsesNoMoreThanThatHas) {
    const Bytes source = intel().image(x87_present | sse_present | avx, 1);
    Bytes target = with_avx_only().image(0, 2);
    into_xsave(from_xsave(source, intel().layout), with_avx_only().layout, target);
    EXPECT_EQ(with_avx_only().component(target, 2), intel().component(source, 2));
}

TEST(ExtendedState, IsRefusedWhereAComponentInUseDoesNotExist) {
    const ExtendedState wide = from_xsave(intel().image(avx | upper_zmm, 1), intel().layout);
    Bytes target = with_avx_only().image(x87_present, 2);
    const Bytes before = target;
    EXPECT_THAT([&] { into_xsave(wide, with_avx_only().layout, target); },
                ThrowsMessage<std::runtime_error>(HasSubstr("lacks component 6 of")));
    EXPECT_EQ(target, before);

    const ExtendedState with_keys = from_xsave(intel().image(protection_keys, 1), intel().layout);
    target = amd().image(0, 2);
    EXPECT_THAT([&] { into_xsave(with_keys, amd().layout, target); },
                ThrowsMessage<std::runtime_error>(HasSubstr("lacks component 9 of")));
}

TEST(ExtendedState, IsRefusedWhereTheKernelDoesNotKeepAComponentInUse) {
    const ExtendedState state = from_xsave(intel().image(avx, 1), intel().layout);
    ProcessorWithXsave no_avx = intel();
    no_avx.components = x87_present | sse_present;
    Bytes target = no_avx.image(0, 2);
    EXPECT_THAT([&] { into_xsave(state, no_avx.layout, target); },
                ThrowsMessage<std::runtime_error>(HasSubstr("lacks component 2 of")));
    // As some i386 kernels do (rr#2342).
    target.resize(576);
    EXPECT_THAT([&] { into_xsave(state, intel().layout, target); },
                ThrowsMessage<std::runtime_error>(HasSubstr("lacks component 2 of")));
}

TEST(ExtendedState, IsRefusedWhereAnOptionOfMxcsrDoesNotExist) {
    constexpr std::uint32_t misaligned_sse = 1U << 17U;
    Bytes source = amd().image(sse_present, 1);
    ProcessorWithXsave::put(source, mxcsr_offset, initial_mxcsr | misaligned_sse);
    const ExtendedState state = from_xsave(source, amd().layout);
    Bytes target = intel().image(0, 2);
    const Bytes before = target;
    EXPECT_THAT([&] { into_xsave(state, intel().layout, target); },
                ThrowsMessage<std::runtime_error>(HasSubstr("an option in MXCSR, 0x21f80,")));
    EXPECT_EQ(target, before);
    Bytes other = amd().image(0, 2);
    EXPECT_NO_THROW(into_xsave(state, amd().layout, other));
}

TEST(ExtendedState, TakesTheOldestMaskOfMxcsrFromAProcessorThatSaysNone) {
    constexpr std::uint32_t denormals_are_zero = 1U << 6U;
    ExtendedState state = from_xsave(intel().image(sse_present, 1), intel().layout);
    Bytes target(fxsave_size);
    EXPECT_NO_THROW(into_fxsave(state, target));
    ProcessorWithXsave::put(state.legacy, mxcsr_offset, initial_mxcsr | denormals_are_zero);
    EXPECT_THAT([&] { into_fxsave(state, target); }, ThrowsMessage<std::runtime_error>(HasSubstr("MXCSR")));
}

TEST(ExtendedState, IsRefusedWhenItContradictsItself) {
    const ExtendedState good = from_xsave(intel().image(avx, 1), intel().layout);
    Bytes target = intel().image(0, 2);
    const auto refuses = [&](const ExtendedState& state) {
        EXPECT_THROW(into_xsave(state, intel().layout, target), std::runtime_error);
        EXPECT_THROW(to_fsave(state), std::runtime_error);
    };
    ExtendedState state = good;
    state.present = 0;
    refuses(state);
    state = good;
    state.present |= opmask;
    refuses(state);
    state = good;
    state.components.push_back(state.components.front());
    refuses(state);
    for (const unsigned number : {0U, 1U, 3U, 63U, 64U, 255U}) {
        state = good;
        state.components.front().number = static_cast<std::uint8_t>(number);
        refuses(state);
    }
    state = good;
    state.components.front().bytes.pop_back();
    refuses(state);
    state = good;
    state.legacy.pop_back();
    refuses(state);
    refuses({});
}

TEST(ExtendedState, IsNoneInAnImageThatIsTooShort) {
    EXPECT_THAT([] { from_xsave(Bytes(575), intel().layout); },
                ThrowsMessage<std::runtime_error>(HasSubstr("more than 575 bytes")));
    EXPECT_NO_THROW(from_xsave(Bytes(576), intel().layout));
    Bytes image = intel().image(avx, 1);
    image.resize(600);
    EXPECT_THAT([&] { from_xsave(image, intel().layout); },
                ThrowsMessage<std::runtime_error>(HasSubstr("does not give component 2 of")));
    image = intel().image(std::uint64_t{1} << 63U, 1);
    EXPECT_THAT([&] { from_xsave(image, intel().layout); },
                ThrowsMessage<std::runtime_error>(HasSubstr("component 63")));
}

TEST(ExtendedState, GoesToAProcessorWithFxsaveOnlyWhenThatIsEnough) {
    Bytes target(fxsave_size);
    const ExtendedState state = from_xsave(intel().image(x87_present | sse_present, 1), intel().layout);
    into_fxsave(state, target);
    EXPECT_TRUE(std::equal(target.begin() + 32, target.begin() + kernels_bytes, state.legacy.begin() + 32));
    EXPECT_THAT([&] { into_fxsave(from_xsave(intel().image(avx, 1), intel().layout), target); },
                ThrowsMessage<std::runtime_error>(HasSubstr("x87 and SSE only")));
}

TEST(ExtendedState, GoesToAProcessorWithoutFxsaveOnlyWithoutSse) {
    const ExtendedState x87 = from_xsave(intel().image(x87_present, 1), intel().layout);
    EXPECT_EQ(to_fsave(x87), fsave_from_fxsave(x87.legacy));
    EXPECT_THAT([] { to_fsave(from_xsave(intel().image(sse_present, 1), intel().layout)); },
                ThrowsMessage<std::runtime_error>(HasSubstr("x87 only")));
}

TEST(ExtendedState, WithoutSseGoesToAProcessorWithoutFxsave) {
    ExtendedState state = from_xsave(intel().image(x87_present | sse_present, 1), intel().layout);
    const ExtendedState before = state;
    forget_sse(state);
    EXPECT_FALSE(is_sse_in_use(state.legacy));
    EXPECT_EQ(to_fsave(state), fsave_from_fxsave(before.legacy));
}

TEST(ExtendedState, KnowsWhetherSseIsInUse) {
    Bytes fxsave = fxsave_from_fsave(Bytes(fsave_size, 0xff));
    EXPECT_FALSE(is_sse_in_use(fxsave));
    fxsave.at(415) = 1;
    EXPECT_TRUE(is_sse_in_use(fxsave));
    fxsave.at(415) = 0;
    fxsave.at(416) = 1;
    EXPECT_FALSE(is_sse_in_use(fxsave));
    ProcessorWithXsave::put(fxsave, mxcsr_offset, initial_mxcsr | 1U);
    EXPECT_TRUE(is_sse_in_use(fxsave));
}

/// Instructions that leave something in the x87 registers, and what FXSAVE and FSAVE make of it here.
class X87Program : public testing::Test {
protected:
    void SetUp() override {
        unsigned a = 0;
        unsigned b = 0;
        unsigned c = 0;
        unsigned d = 0;
        constexpr unsigned fxsr = 1U << 24U;
        if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (d & fxsr) == 0) {
            GTEST_SKIP() << "this processor has no FXSAVE";
        }
    }
    void save() {
        __asm__ volatile("fxsave %0\n\tfnsave %1" : "=m"(fxsave_), "=m"(fsave_));
        // AMD's FXSAVE leaves out where the last instruction was, unless it failed.
        std::fill_n(fsave_.begin() + 12, 14, std::uint8_t{0});
        std::fill_n(fxsave_.begin() + 6, 18, std::uint8_t{0});
    }
    void expect_the_same() const {
        const Bytes converted = fsave_from_fxsave(fxsave_);
        EXPECT_EQ(converted, Bytes(fsave_.begin(), fsave_.end()));
        const Bytes back = fxsave_from_fsave(converted);
        for (std::size_t i = 0; i < 8; ++i) {
            const auto place = static_cast<std::ptrdiff_t>(32 + 16 * i);
            EXPECT_TRUE(std::equal(back.begin() + place, back.begin() + place + 10, fxsave_.begin() + place)) << i;
        }
        EXPECT_TRUE(std::equal(back.begin(), back.begin() + 6, fxsave_.begin()));
        EXPECT_FALSE(is_sse_in_use(back));
    }
    /// Of the physical registers, from the last to the first.
    [[nodiscard]] unsigned tags() const { return unsigned{fsave_[9]} << 8U | fsave_[8]; }

private:
    alignas(16) std::array<std::uint8_t, fxsave_size> fxsave_{};
    std::array<std::uint8_t, fsave_size> fsave_{};
};

TEST_F(X87Program, WithoutNumbersHasOnlyEmptyRegisters) {
    __asm__ volatile("fninit");
    save();
    EXPECT_EQ(tags(), 0xffffU);
    expect_the_same();
}

TEST_F(X87Program, WithNumbersHasTheirTags) {
    // Of the registers from 7 down: valid, zero, infinity.
    __asm__ volatile("fninit\n\tfldpi\n\tfldz\n\tfld1\n\tfldz\n\tfdivrp");
    save();
    EXPECT_EQ(tags(), 0x1bffU);
    expect_the_same();
}

TEST_F(X87Program, WithADenormalNumberHasASpecialOne) {
    const std::array<std::uint8_t, 10> smallest{1};
    __asm__ volatile("fninit\n\tfldt %0" : : "m"(smallest));
    save();
    EXPECT_EQ(tags(), 0xbfffU);
    expect_the_same();
}

TEST_F(X87Program, WithAHoleInItsStackKeepsIt) {
    __asm__ volatile("fninit\n\tfldpi\n\tfldz\n\tfldln2\n\tffree %%st(1)\n\tfdecstp\n\tfdecstp" : :);
    save();
    EXPECT_EQ(tags(), 0x33ffU);
    expect_the_same();
}

TEST_F(X87Program, WithAFullStackKeepsAllRegisters) {
    __asm__ volatile("fninit\n\tfld1\n\tfldpi\n\tfldl2e\n\tfldl2t\n\tfldln2\n\tfldlg2\n\tfldz\n\tfld1\n\tfchs");
    save();
    EXPECT_EQ(tags(), 0x0004U);
    expect_the_same();
}

TEST_F(X87Program, WithOtherRoundingKeepsIt) {
    const std::uint16_t control = 0x0e7f;
    __asm__ volatile("fninit\n\tfldcw %0\n\tfldpi" : : "m"(control));
    save();
    expect_the_same();
}

}  // namespace
}  // namespace openmosix
