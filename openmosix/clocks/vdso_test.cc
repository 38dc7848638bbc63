// SPDX-License-Identifier: GPL-2.0-or-later
#include "clocks/vdso.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace openmosix {
namespace {

TEST(Vdso, HashIsTheSameHoweverTheKernelHasPatchedTheCode) {
    const auto original = read_vdso(::getpid());
    ASSERT_TRUE(original.has_value());
    ASSERT_FALSE(original->build_id().empty());
    Vdso patched = *original;
    const auto functions = patched.functions();
    const auto function =
        std::ranges::find_if(functions, [](const auto& each) { return each.first.starts_with("__"); });
    ASSERT_NE(function, functions.end());
    patched.image.at(static_cast<std::size_t>(function->second)) ^= 0xffU;
    EXPECT_EQ(patched.hash(), original->hash());
}

TEST(Vdso, HashDiffersForAnotherBuildOrSize) {
    const auto original = read_vdso(::getpid());
    ASSERT_TRUE(original.has_value());
    Vdso other = *original;
    const Bytes id = other.build_id();
    const auto place = std::search(other.image.begin(), other.image.end(), id.begin(), id.end());
    ASSERT_NE(place, other.image.end());
    // Also in the last of its bytes.
    *(place + static_cast<std::ptrdiff_t>(id.size()) - 1) ^= 1U;
    EXPECT_NE(other.hash(), original->hash());
    Vdso larger = *original;
    larger.start -= 4096;
    EXPECT_NE(larger.hash(), original->hash());
}

TEST(Vdso, WithoutBuildIdTheWholeImageCounts) {
    Vdso vdso;
    vdso.image = Bytes(4096);
    Vdso other = vdso;
    other.image.at(100) = 1;
    EXPECT_TRUE(vdso.build_id().empty());
    EXPECT_NE(vdso.hash(), other.hash());
}

TEST(Vdso, HasBegunNoClockAtTheBeginningOfAFunction) {
    const auto vdso = read_vdso(::getpid());
    ASSERT_TRUE(vdso.has_value());
    const std::uint64_t clock = vdso->code + vdso->functions().at("__vdso_clock_gettime");
    EXPECT_FALSE(vdso->is_in_clock_code(clock));
    EXPECT_TRUE(vdso->is_in_clock_code(clock + 1));
}

}  // namespace
}  // namespace openmosix
