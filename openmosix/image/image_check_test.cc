// SPDX-License-Identifier: GPL-2.0-or-later
#include "image/image_check.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstring>
#include <functional>
#include <limits>

#include "tracee/agent_area.h"

namespace openmosix {
namespace {

constexpr std::uint64_t lowest = 0x10000;

ImageRange range_of(std::uint64_t start, std::uint64_t end) {
    ImageRange range;
    range.start = start;
    range.end = end;
    range.protection = 3;
    return range;
}

Bytes waiting_signal(std::int32_t signal) {
    Bytes info(128);
    std::memcpy(info.data(), &signal, sizeof signal);
    return info;
}

ProcessImage good_image(Abi abi) {
    ProcessImage image;
    image.name = "program";
    image.thread.registers.abi = abi;
    image.thread.extended_state.legacy.resize(512);
    for (Bytes& timer : image.thread.cpu_timers) {
        timer.resize(4 * word_size(abi));
    }
    image.signals.alternative_stack.resize(3 * word_size(abi));
    image.signals.actions.push_back({SIGUSR1, Bytes(abi == Abi::i386 ? 20 : 32)});
    image.signals.pending.push_back(waiting_signal(SIGUSR1));
    image.layout.start_brk = 0x800000;
    image.layout.brk = 0x900000;
    image.layout.arg_start = 0xbff00000;
    image.layout.arg_end = 0xbff00010;
    image.layout.env_start = 0xbff00010;
    image.layout.env_end = 0xbff00100;
    image.layout.vdso_start = 0xb7f00000;
    image.layout.vdso_end = 0xb7f06000;
    image.agent_address = agent_area::usual_address;
    image.ranges = {range_of(0x8048000, 0x8050000), range_of(0x8050000, 0x8051000), range_of(0xbfe00000, 0xbff01000)};
    return image;
}

bool is_refused(const std::function<void(ProcessImage&)>& change, Abi abi = Abi::amd64) {
    ProcessImage image = good_image(abi);
    change(image);
    return check_image(image, {abi, lowest}).has_value();
}

TEST(ImageCheck, TakesTheImageOfAProcess) {
    EXPECT_EQ(check_image(good_image(Abi::i386), {Abi::i386, lowest}), std::nullopt);
    EXPECT_EQ(check_image(good_image(Abi::amd64), {Abi::amd64, lowest}), std::nullopt);
    EXPECT_NE(check_image(good_image(Abi::amd64), {Abi::i386, lowest}), std::nullopt);
}

TEST(ImageCheck, RefusesSignalsThatDoNotExist) {
    for (const unsigned signal : {0U, 9U, 19U, 65U, 255U}) {
        EXPECT_TRUE(is_refused([&](ProcessImage& image) {
            image.signals.actions.front().signal = static_cast<std::uint8_t>(signal);
        })) << signal;
    }
    EXPECT_TRUE(
        is_refused([](ProcessImage& image) { image.signals.actions.push_back(image.signals.actions.front()); }));
    for (const std::int32_t signal : {-1, 0, 65, std::numeric_limits<std::int32_t>::min()}) {
        EXPECT_TRUE(is_refused([&](ProcessImage& image) { image.signals.pending = {waiting_signal(signal)}; }));
    }
}

TEST(ImageCheck, RefusesOtherSizes) {
    EXPECT_TRUE(is_refused([](ProcessImage& image) { image.signals.actions.front().action.resize(4); }));
    EXPECT_TRUE(is_refused([](ProcessImage& image) { image.signals.alternative_stack.clear(); }));
    EXPECT_TRUE(is_refused([](ProcessImage& image) { image.signals.pending.front().pop_back(); }));
    EXPECT_TRUE(is_refused([](ProcessImage& image) { image.thread.cpu_timers[1].clear(); }));
    EXPECT_TRUE(is_refused([](ProcessImage& image) { image.thread.extended_state.legacy.clear(); }));
    EXPECT_TRUE(is_refused([](ProcessImage& image) { image.thread.segments.emplace_back(15); }, Abi::i386));
    EXPECT_FALSE(is_refused([](ProcessImage& image) { image.thread.segments.emplace_back(16); }, Abi::i386));
    EXPECT_TRUE(is_refused([](ProcessImage& image) { image.thread.segments.resize(4, Bytes(16)); }, Abi::i386));
    EXPECT_TRUE(is_refused([](ProcessImage& image) { image.name.resize(1000); }));
    EXPECT_TRUE(is_refused([](ProcessImage& image) { image.user_time = ~std::uint64_t{0}; }));
    EXPECT_TRUE(is_refused([](ProcessImage& image) { image.layout.auxiliary_vector.resize(100'000); }));
}

TEST(ImageCheck, RefusesRangesThatAreNone) {
    const auto with = [](std::uint64_t start, std::uint64_t end) {
        return [start, end](ProcessImage& image) { image.ranges.insert(image.ranges.begin(), range_of(start, end)); };
    };
    EXPECT_FALSE(is_refused(with(0x400000, 0x401000)));
    EXPECT_TRUE(is_refused(with(0x400000, 0x400000)));
    EXPECT_TRUE(is_refused(with(0x401000, 0x400000)));
    EXPECT_TRUE(is_refused(with(0x400800, 0x401000)));
    EXPECT_TRUE(is_refused(with(0x400000, 0x8049000)));
    EXPECT_TRUE(is_refused(with(0x9000000, 0x9001000)));
    // Below what may be mapped, over the agent's area, over the vDSO, beyond the end.
    EXPECT_TRUE(is_refused(with(0, 0x1000)));
    EXPECT_TRUE(is_refused(with(0x20000, 0x21000)));
    const auto after = [](std::uint64_t start, std::uint64_t end) {
        return [start, end](ProcessImage& image) { image.ranges.push_back(range_of(start, end)); };
    };
    EXPECT_FALSE(is_refused(after(0xc0000000, 0xc0001000), Abi::i386));
    EXPECT_TRUE(is_refused(after(0xfffff000, 0x100001000), Abi::i386));
    EXPECT_FALSE(is_refused(after(0xfffff000, 0x100001000)));
    EXPECT_TRUE(is_refused(after(0xfffffffffffff000, 0)));
    EXPECT_TRUE(is_refused(after(0xffffffff80000000, 0xffffffff80001000)));
    EXPECT_TRUE(is_refused([](ProcessImage& image) { image.layout.vdso_start = 0xbff00000; }));
    EXPECT_TRUE(is_refused([](ProcessImage& image) {
        image.layout.vdso_start = 0xbff00000;
        image.layout.vdso_end = 0xbff02000;
    }));
    EXPECT_TRUE(is_refused([](ProcessImage& image) { image.ranges.front().protection = 8; }));
    EXPECT_TRUE(
        is_refused([](ProcessImage& image) { image.ranges.front().content = static_cast<ImageRange::Content>(2); }));
}

TEST(ImageCheck, RefusesAreasThatAreNowhere) {
    for (const std::uint64_t address :
         {std::uint64_t{0}, std::uint64_t{0x10001}, stub_address, std::uint64_t{0x8048000}, ~std::uint64_t{0} - 4095}) {
        EXPECT_TRUE(is_refused([&](ProcessImage& image) { image.agent_address = address; })) << address;
    }
    EXPECT_TRUE(is_refused([](ProcessImage& image) {
        image.layout.vdso_start = 0x20000;
        image.layout.vdso_end = 0x26000;
    }));
    EXPECT_TRUE(is_refused([](ProcessImage& image) {
        image.layout.vdso_start = 0x40000000;
        image.layout.vdso_end = 0x50000000;
    }));
}

TEST(ImageCheck, RefusesArgumentsWithoutEnd) {
    EXPECT_TRUE(is_refused([](ProcessImage& image) { image.layout.arg_start = 0; }));
    EXPECT_TRUE(is_refused([](ProcessImage& image) { image.layout.env_end = ~std::uint64_t{0}; }));
    EXPECT_TRUE(is_refused([](ProcessImage& image) { image.layout.env_end = image.layout.arg_start - 1; }));
    EXPECT_TRUE(is_refused([](ProcessImage& image) { image.layout.arg_end = image.layout.arg_start - 1; }));
    EXPECT_TRUE(is_refused([](ProcessImage& image) { image.layout.brk = 0; }));
}

}  // namespace
}  // namespace openmosix
