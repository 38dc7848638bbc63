// SPDX-License-Identifier: GPL-2.0-or-later
//
// libFuzzer target: any bytes as the kernel's page of code in a process: the process can have overwritten it.
#include <cstddef>
#include <cstdint>
#include <optional>

#include "clocks/vdso.h"
#include "common/fuzz/require.h"

namespace {

using namespace openmosix;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::uint64_t place = 0x7ffff7fc0000;
    Vdso vdso;
    vdso.start = place - 4 * page_size;
    vdso.code = place;
    vdso.image.assign(data, data + size);
    // As many pages as there are.
    vdso.image.resize((size + page_size - 1) / page_size * page_size);
    vdso.end = place + vdso.image.size();
    for (const auto& [name, offset] : vdso.functions()) {
        require(offset != 0 && offset < vdso.image.size() && name.find('\0') == std::string::npos);
    }
    require(!vdso.is_in_clock_code(vdso.end) && !vdso.is_in_clock_code(vdso.code - 1));
    static_cast<void>(vdso.is_in_clock_code(vdso.code + vdso.image.size() / 2));
    static_cast<void>(vdso.hash());
    for (const Abi abi : {Abi::i386, Abi::amd64}) {
        if (const std::optional<std::uint64_t> instruction = vdso.system_call_instruction(abi)) {
            require(*instruction >= vdso.code && *instruction + 2 <= vdso.end);
        }
    }
    return 0;
}
