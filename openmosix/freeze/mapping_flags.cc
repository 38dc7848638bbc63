// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/mapping_flags.h"

#include <algorithm>
#include <array>

#include "image/mapping_attributes.h"

namespace openmosix {

namespace {

struct VmFlag {
    std::string_view name;
    std::uint32_t attribute = 0;
    std::string_view refusal;
};

#include "mapping_flags.inc"

}  // namespace

MappingFlags parse_mapping_flags(std::string_view words) {
    MappingFlags result;
    while (!words.empty()) {
        const auto end = std::min(words.find(' '), words.size());
        const std::string_view word = words.substr(0, end);
        words.remove_prefix(std::min(end + 1, words.size()));
        if (word.empty()) {
            continue;
        }
        const auto* const known = std::ranges::find(vm_flags, word, &VmFlag::name);
        const VmFlag& flag = known == vm_flags.end() ? unknown_vm_flag : *known;
        result.attributes |= flag.attribute;
        if (result.refusal.empty()) {
            result.refusal = flag.refusal;
        }
    }
    return result;
}

}  // namespace openmosix
