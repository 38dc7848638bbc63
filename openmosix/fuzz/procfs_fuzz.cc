// SPDX-License-Identifier: GPL-2.0-or-later
//
// libFuzzer target: any bytes as /proc/PID/stat, /proc/PID/status and /proc/PID/sched. What is taken of the first two
// has a name that was in it, and is no longer taken when its last line end is gone.
#include <cstddef>
#include <cstdint>
#include <string>

#include "common/fuzz/require.h"
#include "procfs/process_stat.h"
#include "procfs/process_status.h"
#include "procfs/sleep_begin.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace openmosix;
    const std::string text(data, data + size);
    const std::string cut = text.substr(0, text.empty() ? 0 : text.size() - 1);
    if (const auto stat = parse_process_stat(text)) {
        require(text.find(" (" + stat->name + ") ") != std::string::npos);
        require(!parse_process_stat(cut));
    }
    if (const auto status = parse_process_status(text)) {
        require(status->name.size() < text.size() && status->supplementary_groups.size() < text.size());
        require(!parse_process_status(cut));
    }
    if (const auto statistics = parse_scheduling_statistics(text)) {
        require(statistics->exec_start >= 0);
    }
    return 0;
}
