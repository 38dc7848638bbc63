// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpu/instruction_sets.h"

#include <cpuid.h>

#include <algorithm>

namespace openmosix {

namespace {

struct Feature {
    const char* name;
    std::uint32_t leaf;
    std::uint32_t subleaf;
    /// 0 to 3: a, b, c, d.
    std::uint8_t part;
    std::uint8_t bit;
    /// Bits of XCR0 that must be set as well.
    std::uint64_t states;
};

constexpr std::uint64_t avx = 0x6;
constexpr std::uint64_t avx512 = 0xe6;
constexpr std::uint64_t amx = 0x60000;
constexpr std::uint32_t extended = 0x80000001;

/// Intel SDM volume 2, CPUID; AMD APM volume 3, appendix D: those that are instructions for programs.
constexpr std::array<Feature, 74> features{{
    {"fpu", 1, 0, 3, 0, 0},
    {"tsc", 1, 0, 3, 4, 0},
    {"cx8", 1, 0, 3, 8, 0},
    {"cmov", 1, 0, 3, 15, 0},
    {"clflush", 1, 0, 3, 19, 0},
    {"mmx", 1, 0, 3, 23, 0},
    {"fxsr", 1, 0, 3, 24, 0},
    {"sse", 1, 0, 3, 25, 0},
    {"sse2", 1, 0, 3, 26, 0},
    {"pni", 1, 0, 2, 0, 0},
    {"pclmulqdq", 1, 0, 2, 1, 0},
    {"ssse3", 1, 0, 2, 9, 0},
    {"fma", 1, 0, 2, 12, avx},
    {"cx16", 1, 0, 2, 13, 0},
    {"sse4_1", 1, 0, 2, 19, 0},
    {"sse4_2", 1, 0, 2, 20, 0},
    {"movbe", 1, 0, 2, 22, 0},
    {"popcnt", 1, 0, 2, 23, 0},
    {"aes", 1, 0, 2, 25, 0},
    {"xsave", 1, 0, 2, 27, 0},
    {"avx", 1, 0, 2, 28, avx},
    {"f16c", 1, 0, 2, 29, avx},
    {"rdrand", 1, 0, 2, 30, 0},
    {"fsgsbase", 7, 0, 1, 0, 0},
    {"bmi1", 7, 0, 1, 3, 0},
    {"hle", 7, 0, 1, 4, 0},
    {"avx2", 7, 0, 1, 5, avx},
    {"bmi2", 7, 0, 1, 8, 0},
    {"erms", 7, 0, 1, 9, 0},
    {"rtm", 7, 0, 1, 11, 0},
    {"avx512f", 7, 0, 1, 16, avx512},
    {"avx512dq", 7, 0, 1, 17, avx512},
    {"rdseed", 7, 0, 1, 18, 0},
    {"adx", 7, 0, 1, 19, 0},
    {"avx512ifma", 7, 0, 1, 21, avx512},
    {"clflushopt", 7, 0, 1, 23, 0},
    {"clwb", 7, 0, 1, 24, 0},
    {"avx512pf", 7, 0, 1, 26, avx512},
    {"avx512er", 7, 0, 1, 27, avx512},
    {"avx512cd", 7, 0, 1, 28, avx512},
    {"sha_ni", 7, 0, 1, 29, 0},
    {"avx512bw", 7, 0, 1, 30, avx512},
    {"avx512vl", 7, 0, 1, 31, avx512},
    {"avx512vbmi", 7, 0, 2, 1, avx512},
    {"ospke", 7, 0, 2, 4, 0},
    {"waitpkg", 7, 0, 2, 5, 0},
    {"avx512_vbmi2", 7, 0, 2, 6, avx512},
    {"gfni", 7, 0, 2, 8, 0},
    {"vaes", 7, 0, 2, 9, avx},
    {"vpclmulqdq", 7, 0, 2, 10, avx},
    {"avx512_vnni", 7, 0, 2, 11, avx512},
    {"avx512_bitalg", 7, 0, 2, 12, avx512},
    {"avx512_vpopcntdq", 7, 0, 2, 14, avx512},
    {"rdpid", 7, 0, 2, 22, 0},
    {"cldemote", 7, 0, 2, 25, 0},
    {"movdiri", 7, 0, 2, 27, 0},
    {"movdir64b", 7, 0, 2, 28, 0},
    {"avx512_4vnniw", 7, 0, 3, 2, avx512},
    {"avx512_4fmaps", 7, 0, 3, 3, avx512},
    {"avx512_vp2intersect", 7, 0, 3, 8, avx512},
    {"serialize", 7, 0, 3, 14, 0},
    {"amx_bf16", 7, 0, 3, 22, amx},
    {"avx512_fp16", 7, 0, 3, 23, avx512},
    {"amx_tile", 7, 0, 3, 24, amx},
    {"avx_vnni", 7, 1, 0, 4, avx},
    {"avx512_bf16", 7, 1, 0, 5, avx512},
    {"xsavec", 0xd, 1, 0, 1, 0},
    {"lahf_lm", extended, 0, 2, 0, 0},
    {"abm", extended, 0, 2, 5, 0},
    {"sse4a", extended, 0, 2, 6, 0},
    {"xop", extended, 0, 2, 11, avx},
    {"fma4", extended, 0, 2, 16, avx},
    {"tbm", extended, 0, 2, 21, 0},
    {"3dnow", extended, 0, 3, 31, 0},
}};

std::uint64_t read_enabled_states() {
    unsigned low = 0;
    unsigned high = 0;
    // XGETBV of XCR0, as bytes, so that it needs no compiler option.
    __asm__ volatile(".byte 0x0f, 0x01, 0xd0" : "=a"(low), "=d"(high) : "c"(0));
    return std::uint64_t{high} << 32U | low;
}

std::array<std::uint32_t, 4> read_cpuid(std::uint32_t leaf, std::uint32_t subleaf) {
    std::array<std::uint32_t, 4> parts{};
    __get_cpuid_count(leaf, subleaf, &parts[0], &parts[1], &parts[2], &parts[3]);
    return parts;
}

}  // namespace

CpuFeatures decode_features(const CpuidReader& cpuid, std::uint64_t enabled_states) {
    CpuFeatures result;
    for (const Feature& feature : features) {
        const bool is_there = (cpuid(feature.leaf, feature.subleaf).at(feature.part) >> feature.bit & 1U) != 0;
        if (is_there && (enabled_states & feature.states) == feature.states) {
            result.names.emplace_back(feature.name);
        }
    }
    std::ranges::sort(result.names);
    return result;
}

CpuFeatures cpu_features() {
    constexpr unsigned osxsave = 1U << 27U;
    const bool has_states = (read_cpuid(1, 0)[2] & osxsave) != 0;
    return decode_features(read_cpuid, has_states ? read_enabled_states() : 0);
}

std::vector<std::string> missing_features(const CpuFeatures& source, const CpuFeatures& target) {
    std::vector<std::string> missing;
    for (const std::string& name : source.names) {
        if (!std::ranges::binary_search(target.names, name)) {
            missing.push_back(name);
        }
    }
    return missing;
}

}  // namespace openmosix
