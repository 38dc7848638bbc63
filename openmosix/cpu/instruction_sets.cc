// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpu/instruction_sets.h"

#include <cpuid.h>
#include <link.h>
#include <sys/auxv.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>

#include "common/file.h"

namespace openmosix {

namespace {

/// Places of the registers in what a CpuidReader returns.
constexpr std::uint8_t eax = 0;
constexpr std::uint8_t ebx = 1;
constexpr std::uint8_t ecx = 2;
constexpr std::uint8_t edx = 3;

/// Bits of XCR0 (Intel SDM volume 1, 13.1).
constexpr std::uint64_t no_states = 0;
constexpr std::uint64_t any = 0x1;
constexpr std::uint64_t avx = 0x6;
constexpr std::uint64_t avx512 = 0xe6;
constexpr std::uint64_t protection_keys = 0x200;
constexpr std::uint64_t amx = 0x60000;
constexpr std::uint64_t apx = 0x80000;

struct Feature {
    const char* name;
    std::uint32_t leaf;
    std::uint32_t subleaf;
    std::uint8_t part;
    std::uint8_t bit;
    /// Bits of XCR0 that must be set as well.
    std::uint64_t states;
    bool is_only_in_64_bit = false;
};

/// Intel SDM volume 2, CPUID; AMD APM volume 3, appendix D: those that are instructions for programs. Not here: what
/// only tells how fast an instruction is, and hints that other processors ignore.
constexpr auto features = std::to_array<Feature>({
    {"fpu", 1, 0, edx, 0, no_states},
    {"tsc", 1, 0, edx, 4, no_states},
    {"cx8", 1, 0, edx, 8, no_states},
    {"cmov", 1, 0, edx, 15, no_states},
    {"clflush", 1, 0, edx, 19, no_states},
    {"mmx", 1, 0, edx, 23, no_states},
    {"fxsr", 1, 0, edx, 24, no_states},
    {"sse", 1, 0, edx, 25, no_states},
    {"sse2", 1, 0, edx, 26, no_states},
    {"pni", 1, 0, ecx, 0, no_states},
    {"pclmulqdq", 1, 0, ecx, 1, no_states},
    {"ssse3", 1, 0, ecx, 9, no_states},
    {"fma", 1, 0, ecx, 12, avx},
    {"cx16", 1, 0, ecx, 13, no_states, true},
    {"sse4_1", 1, 0, ecx, 19, no_states},
    {"sse4_2", 1, 0, ecx, 20, no_states},
    {"movbe", 1, 0, ecx, 22, no_states},
    {"popcnt", 1, 0, ecx, 23, no_states},
    {"aes", 1, 0, ecx, 25, no_states},
    {"xsave", 1, 0, ecx, 26, any},
    {"avx", 1, 0, ecx, 28, avx},
    {"f16c", 1, 0, ecx, 29, avx},
    {"rdrand", 1, 0, ecx, 30, no_states},
    {"bmi1", 7, 0, ebx, 3, no_states},
    {"hle", 7, 0, ebx, 4, no_states},
    {"avx2", 7, 0, ebx, 5, avx},
    {"bmi2", 7, 0, ebx, 8, no_states},
    {"rtm", 7, 0, ebx, 11, no_states},
    {"avx512f", 7, 0, ebx, 16, avx512},
    {"avx512dq", 7, 0, ebx, 17, avx512},
    {"rdseed", 7, 0, ebx, 18, no_states},
    {"adx", 7, 0, ebx, 19, no_states},
    {"avx512ifma", 7, 0, ebx, 21, avx512},
    {"clflushopt", 7, 0, ebx, 23, no_states},
    {"clwb", 7, 0, ebx, 24, no_states},
    {"avx512pf", 7, 0, ebx, 26, avx512},
    {"avx512er", 7, 0, ebx, 27, avx512},
    {"avx512cd", 7, 0, ebx, 28, avx512},
    {"sha_ni", 7, 0, ebx, 29, no_states},
    {"avx512bw", 7, 0, ebx, 30, avx512},
    {"avx512vl", 7, 0, ebx, 31, avx512},
    {"avx512vbmi", 7, 0, ecx, 1, avx512},
    {"ospke", 7, 0, ecx, 4, protection_keys},
    {"waitpkg", 7, 0, ecx, 5, no_states},
    {"avx512_vbmi2", 7, 0, ecx, 6, avx512},
    {"gfni", 7, 0, ecx, 8, no_states},
    {"vaes", 7, 0, ecx, 9, avx},
    {"vpclmulqdq", 7, 0, ecx, 10, avx},
    {"avx512_vnni", 7, 0, ecx, 11, avx512},
    {"avx512_bitalg", 7, 0, ecx, 12, avx512},
    {"avx512_vpopcntdq", 7, 0, ecx, 14, avx512},
    {"rdpid", 7, 0, ecx, 22, no_states},
    {"movdiri", 7, 0, ecx, 27, no_states},
    {"movdir64b", 7, 0, ecx, 28, no_states},
    {"avx512_4vnniw", 7, 0, edx, 2, avx512},
    {"avx512_4fmaps", 7, 0, edx, 3, avx512},
    {"avx512_vp2intersect", 7, 0, edx, 8, avx512},
    {"serialize", 7, 0, edx, 14, no_states},
    {"tsxldtrk", 7, 0, edx, 16, no_states},
    {"amx_bf16", 7, 0, edx, 22, amx, true},
    {"avx512_fp16", 7, 0, edx, 23, avx512},
    {"amx_tile", 7, 0, edx, 24, amx, true},
    {"amx_int8", 7, 0, edx, 25, amx, true},
    {"sha512", 7, 1, eax, 0, avx},
    {"sm3", 7, 1, eax, 1, avx},
    {"sm4", 7, 1, eax, 2, avx},
    {"raoint", 7, 1, eax, 3, no_states},
    {"avx_vnni", 7, 1, eax, 4, avx},
    {"avx512_bf16", 7, 1, eax, 5, avx512},
    {"cmpccxadd", 7, 1, eax, 7, no_states, true},
    {"amx_fp16", 7, 1, eax, 21, amx, true},
    {"avx_ifma", 7, 1, eax, 23, avx},
    {"avx_vnni_int8", 7, 1, edx, 4, avx},
    {"avx_ne_convert", 7, 1, edx, 5, avx},
    {"amx_complex", 7, 1, edx, 8, amx, true},
    {"avx_vnni_int16", 7, 1, edx, 10, avx},
    {"avx10", 7, 1, edx, 19, avx512},
    {"apx_f", 7, 1, edx, 21, apx, true},
    {"xsaveopt", 0xd, 1, eax, 0, any},
    {"xsavec", 0xd, 1, eax, 1, any},
    {"xgetbv1", 0xd, 1, eax, 2, any},
    {"lahf_lm", 0x80000001, 0, ecx, 0, no_states, true},
    {"abm", 0x80000001, 0, ecx, 5, no_states},
    {"sse4a", 0x80000001, 0, ecx, 6, no_states},
    {"misalignsse", 0x80000001, 0, ecx, 7, no_states},
    {"3dnowprefetch", 0x80000001, 0, ecx, 8, no_states},
    {"xop", 0x80000001, 0, ecx, 11, avx},
    {"fma4", 0x80000001, 0, ecx, 16, avx},
    {"tbm", 0x80000001, 0, ecx, 21, no_states},
    {"mwaitx", 0x80000001, 0, ecx, 29, no_states},
    {"mmxext", 0x80000001, 0, edx, 22, no_states},
    {"rdtscp", 0x80000001, 0, edx, 27, no_states},
    {"3dnowext", 0x80000001, 0, edx, 30, no_states},
    {"3dnow", 0x80000001, 0, edx, 31, no_states},
    {"clzero", 0x80000008, 0, ebx, 0, no_states},
    {"rdpru", 0x80000008, 0, ebx, 4, no_states},
});

/// In 64-bit programs, and when the kernel permits it (Documentation/x86/x86_64/fsgs.rst).
constexpr Feature fsgsbase{"fsgsbase", 7, 0, ebx, 0, no_states, true};

std::uint64_t read_saved_states() {
    unsigned low = 0;
    unsigned high = 0;
    // XGETBV of XCR0, as bytes, so that it needs no compiler option.
    __asm__ volatile(".byte 0x0f, 0x01, 0xd0" : "=a"(low), "=d"(high) : "c"(0));
    return std::uint64_t{high} << 32U | low;
}

/// The kernel's AT_HWCAP: its own idea of register d of leaf 1. It finds the x87 of a 486 without CPUID, and can be
/// told to do without FXSAVE. Not by getauxval(3), which on x86 gives something of the C library's. None when we may
/// not look.
std::optional<std::uint32_t> features_known_to_kernel() {
    constexpr std::size_t longest = 4096;
    std::string content;
    try {
        content = clusterdisc::read_file("/proc/self/auxv", longest).value_or("");
    } catch (const std::system_error&) {
        return std::nullopt;
    }
    ElfW(auxv_t) entry{};
    for (std::size_t place = 0; place + sizeof entry <= content.size(); place += sizeof entry) {
        std::memcpy(&entry, content.data() + place, sizeof entry);
        if (entry.a_type == AT_HWCAP) {
            return static_cast<std::uint32_t>(entry.a_un.a_val);
        }
    }
    return std::nullopt;
}

std::array<std::uint32_t, 4> read_cpuid(std::uint32_t leaf, std::uint32_t subleaf) {
    std::array<std::uint32_t, 4> parts{};
    __get_cpuid_count(leaf, subleaf, &parts[eax], &parts[ebx], &parts[ecx], &parts[edx]);
    return parts;
}

bool is_offered(const Feature& feature, const CpuidReader& cpuid, const KernelSupport& kernel) {
    return (kernel.saved_states & feature.states) == feature.states &&
           (kernel.is_64_bit || !feature.is_only_in_64_bit) &&
           (cpuid(feature.leaf, feature.subleaf).at(feature.part) >> feature.bit & 1U) != 0;
}

}  // namespace

CpuFeatures decode_features(const CpuidReader& cpuid, const KernelSupport& kernel) {
    CpuFeatures result;
    for (const Feature& feature : features) {
        if (is_offered(feature, cpuid, kernel)) {
            result.names.emplace_back(feature.name);
        }
    }
    if (kernel.has_fsgsbase && is_offered(fsgsbase, cpuid, kernel)) {
        result.names.emplace_back(fsgsbase.name);
    }
    std::ranges::sort(result.names);
    return result;
}

CpuFeatures cpu_features() {
    constexpr unsigned osxsave = 1U << 27U;
    // HWCAP2_FSGSBASE of asm/hwcap2.h.
    constexpr unsigned long has_fsgsbase = 2;
    KernelSupport kernel;
    kernel.saved_states = (read_cpuid(1, 0)[ecx] & osxsave) != 0 ? read_saved_states() : 0;
    kernel.has_fsgsbase = (::getauxval(AT_HWCAP2) & has_fsgsbase) != 0;
    kernel.is_64_bit = sizeof(void*) == 8;
    const auto known = features_known_to_kernel();
    return decode_features(
        [&](std::uint32_t leaf, std::uint32_t subleaf) {
            auto parts = read_cpuid(leaf, subleaf);
            if (leaf == 1) {
                parts[edx] = known.value_or(parts[edx]);
            }
            return parts;
        },
        kernel);
}

std::vector<std::string> missing_features(const CpuFeatures& source, const CpuFeatures& target) {
    std::vector<std::string> missing;
    std::ranges::copy_if(source.names, std::back_inserter(missing), [&](const std::string& name) {
        return std::ranges::find(target.names, name) == target.names.end();
    });
    return missing;
}

}  // namespace openmosix
