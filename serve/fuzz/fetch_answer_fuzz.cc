// SPDX-License-Identifier: GPL-2.0-or-later
//
// Answers to reports about fetching, which anybody on the wire can send.
#include <cstddef>
#include <cstdint>
#include <span>

#include "common/fuzz/require.h"
#include "fetch/fetch_report.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto answer = clusterdisc::parse_fetch_answer(std::span(data, size));
    require(!answer || size <= clusterdisc::fetch_report_size);
    require(!answer || !answer->source || *answer->source != clusterdisc::PcAddress{});
    return 0;
}
