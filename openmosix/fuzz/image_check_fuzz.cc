// SPDX-License-Identifier: GPL-2.0-or-later
//
// libFuzzer target: any bytes as the image of a process that a peer sends. One that is not refused has what
// check_image() promises, so that an address space can be planned after it.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "common/fuzz/require.h"
#include "common/printable_text.h"
#include "image/decoding.h"
#include "image/image_check.h"
#include "memory/layout_plan.h"
#include "tracee/agent_area.h"

namespace {

using namespace openmosix;

constexpr std::uint64_t lowest_address = 0x10000;

void is_apart_from_ours(std::uint64_t start, std::uint64_t end, const ProcessImage& image) {
    const std::uint64_t agent_end = image.agent_address + agent_area::size;
    require(start >= lowest_address && start < end && start % page_size == 0 && end % page_size == 0);
    require(end <= image.agent_address || start >= agent_end);
}

void require_promises(const ProcessImage& image, Abi abi) {
    require(image.thread.registers.abi == abi && image.thread.extended_state.legacy.size() == fxsave_size);
    require(image.agent_address + agent_area::size <= std::uint64_t{1} << 31U);
    is_apart_from_ours(image.layout.vdso_start, image.layout.vdso_end, image);
    std::uint64_t end = 0;
    for (const ImageRange& range : image.ranges) {
        is_apart_from_ours(range.start, range.end, image);
        require(range.start >= end);
        require(range.end <= image.layout.vdso_start || range.start >= image.layout.vdso_end);
        require(abi == Abi::amd64 || range.end <= std::uint64_t{1} << 32U);
        end = range.end;
    }
    for (const ImageAction& action : image.signals.actions) {
        require(action.signal >= 1 && action.signal <= 64);
    }
    for (const Bytes& info : image.signals.pending) {
        require(info.size() == sizeof(siginfo_t));
    }
    const auto steps = plan_layout({}, image.ranges, {});
    // Mapped, and advised for each attribute.
    require(steps.size() <= 12 * image.ranges.size());
    for (const LayoutStep& step : steps) {
        require(to_call(step, abi).arguments[0] == step.start);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto image = decode<ProcessImage>({data, size});
    if (!image) {
        return 0;
    }
    for (const Abi abi : {Abi::i386, Abi::amd64}) {
        if (const auto problem = check_image(*image, {abi, lowest_address})) {
            require(clusterdisc::is_printable_text(*problem));
        } else {
            require_promises(*image, abi);
        }
    }
    return 0;
}
