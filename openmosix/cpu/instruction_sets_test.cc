// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpu/instruction_sets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <utility>

namespace openmosix {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

constexpr std::uint64_t x87_and_sse = 0x3;
constexpr std::uint64_t up_to_avx = 0x7;
constexpr std::uint64_t up_to_avx512 = 0xe7;

/// A processor that answers CPUID with these words; leaves that are not here are zeros.
class ProcessorWithCpuid {
public:
    using Words = std::map<std::pair<std::uint32_t, std::uint32_t>, std::array<std::uint32_t, 4>>;
    explicit ProcessorWithCpuid(Words words) : words_(std::move(words)) {}

    [[nodiscard]] CpuFeatures with(const KernelSupport& kernel) const {
        return decode_features(
            [&](std::uint32_t leaf, std::uint32_t subleaf) {
                const auto words = words_.find({leaf, subleaf});
                return words == words_.end() ? std::array<std::uint32_t, 4>{} : words->second;
            },
            kernel);
    }

private:
    Words words_;
};

const ProcessorWithCpuid& pentium_mmx() {
    static const ProcessorWithCpuid processor({{{1, 0}, {0x543, 0, 0, 0x008001bf}}});
    return processor;
}

const ProcessorWithCpuid& pentium_3() {
    static const ProcessorWithCpuid processor({{{1, 0}, {0x68a, 0, 0, 0x0383fbff}}});
    return processor;
}

/// With AVX2, FMA and BMI.
const ProcessorWithCpuid& haswell() {
    static const ProcessorWithCpuid processor({{{1, 0}, {0x306c3, 0, 0x7ffafbff, 0xbfebfbff}},
                                               {{7, 0}, {0, 0x000027ab, 0, 0}},
                                               {{0xd, 1}, {1, 0, 0, 0}},
                                               {{0x80000001, 0}, {0, 0, 0x21, 0x2c100800}}});
    return processor;
}

/// With AVX-512 and what came with it.
const ProcessorWithCpuid& ice_lake() {
    static const ProcessorWithCpuid processor({{{1, 0}, {0x706e5, 0, 0x7ffafbff, 0xbfebfbff}},
                                               {{7, 0}, {1, 0xf2bf27ef, 0x40405f5e, 0xbc000410}},
                                               {{0xd, 1}, {0xf, 0, 0, 0}},
                                               {{0x80000001, 0}, {0, 0, 0x121, 0x2c100800}}});
    return processor;
}

TEST(InstructionSets, AreNoneOfAProcessorWithoutCpuid) {
    EXPECT_THAT(ProcessorWithCpuid({}).with({}).names, IsEmpty());
    EXPECT_THAT(ProcessorWithCpuid({}).with({up_to_avx512, true, true}).names, IsEmpty());
}

TEST(InstructionSets, OfOldProcessorsAreTheirs) {
    EXPECT_THAT(pentium_mmx().with({}).names, ElementsAre("cx8", "fpu", "mmx", "tsc"));
    EXPECT_THAT(pentium_3().with({}).names, ElementsAre("cmov", "cx8", "fpu", "fxsr", "mmx", "sse", "tsc"));
}

TEST(InstructionSets, WithVectorRegistersNeedAKernelThatSavesThem) {
    const auto none = haswell().with({0, true, true}).names;
    EXPECT_THAT(none, IsSupersetOf({"sse4_2", "bmi2", "aes", "fsgsbase"}));
    for (const char* name : {"avx", "avx2", "fma", "f16c", "xsave", "xsaveopt"}) {
        EXPECT_THAT(none, Not(Contains(name)));
    }
    const auto with_sse = haswell().with({x87_and_sse, true, true}).names;
    EXPECT_THAT(with_sse, IsSupersetOf({"xsave", "xsaveopt"}));
    EXPECT_THAT(with_sse, Not(Contains("avx")));
    EXPECT_THAT(haswell().with({up_to_avx, true, true}).names, IsSupersetOf({"avx", "avx2", "fma", "f16c"}));
    EXPECT_THAT(ice_lake().with({up_to_avx, true, true}).names, Not(Contains("avx512f")));
    EXPECT_THAT(ice_lake().with({up_to_avx512, true, true}).names,
                IsSupersetOf({"avx512f", "avx512vl", "avx512_vnni", "vaes", "gfni", "sha_ni"}));
}

TEST(InstructionSets, WithProtectionKeysNeedAKernelThatSavesThem) {
    constexpr std::uint64_t state_of_keys = 0x200;
    EXPECT_THAT(ice_lake().with({up_to_avx512, true, true}).names, Not(Contains("ospke")));
    EXPECT_THAT(ice_lake().with({up_to_avx512 | state_of_keys, true, true}).names, Contains("ospke"));
}

TEST(InstructionSets, Of64BitProgramsAreNoneIn32BitOnes) {
    const auto names = haswell().with({up_to_avx, true, false}).names;
    for (const char* name : {"fsgsbase", "cx16", "lahf_lm"}) {
        EXPECT_THAT(names, Not(Contains(name)));
        EXPECT_THAT(haswell().with({up_to_avx, true, true}).names, Contains(name));
    }
    EXPECT_THAT(names, IsSupersetOf({"avx2", "bmi1"}));
    EXPECT_THAT(haswell().with({up_to_avx, false, true}).names, Not(Contains("fsgsbase")));
}

TEST(InstructionSets, AreSortedAndEachOnce) {
    const auto names = ice_lake().with({up_to_avx512, true, true}).names;
    EXPECT_TRUE(std::ranges::is_sorted(names));
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
}

TEST(InstructionSets, ThatAreMissingAreThoseThatTheSourceHasAlone) {
    const CpuFeatures old = pentium_3().with({});
    const CpuFeatures older = pentium_mmx().with({});
    EXPECT_THAT(missing_features(old, older), ElementsAre("cmov", "fxsr", "sse"));
    EXPECT_THAT(missing_features(older, old), IsEmpty());
    EXPECT_THAT(missing_features(old, old), IsEmpty());
    EXPECT_THAT(missing_features({}, old), IsEmpty());
    EXPECT_THAT(missing_features(haswell().with({up_to_avx, true, true}), ice_lake().with({up_to_avx512, true, true})),
                IsEmpty());
}

TEST(InstructionSets, MayComeInAnyOrderFromAnotherNode) {
    EXPECT_THAT(missing_features({{"sse", "fpu", "mmx"}}, {{"mmx", "cmov", "fpu"}}), ElementsAre("sse"));
}

/// What the kernel says of the first processor; empty when it says nothing.
std::set<std::string> flags_of_kernel() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("flags")) {
            std::istringstream words(line.substr(std::min(line.size(), line.find(':') + 1)));
            return {std::istream_iterator<std::string>(words), std::istream_iterator<std::string>()};
        }
    }
    return {};
}

TEST(InstructionSets, OfThisProcessorAreThoseThatTheKernelNames) {
    const auto flags = flags_of_kernel();
    if (flags.empty()) {
        GTEST_SKIP() << "no flags in /proc/cpuinfo";
    }
    const auto names = cpu_features().names;
    for (const char* name : {"fpu",   "tsc",    "cx8",    "cmov",    "mmx",    "fxsr",   "sse",  "sse2",       "pni",
                             "ssse3", "sse4_1", "sse4_2", "aes",     "popcnt", "movbe",  "avx",  "fma",        "f16c",
                             "avx2",  "bmi1",   "bmi2",   "avx512f", "xsave",  "xsavec", "adx",  "rdrand",     "abm",
                             "xop",   "fma4",   "sse4a",  "3dnow",   "sha_ni", "gfni",   "vaes", "avx512_vnni"}) {
        EXPECT_EQ(std::ranges::count(names, name), static_cast<std::ptrdiff_t>(flags.count(name))) << name;
    }
}

}  // namespace
}  // namespace openmosix
