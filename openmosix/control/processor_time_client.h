// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "control/request.h"

namespace openmosix {

/// What became of a ProcessorTimeRequest.
enum class CountingResult : std::uint8_t {
    counted,
    /// This kernel cannot count it.
    unsupported,
    /// Nothing was counted: omd is not there, or has refused.
    failed,
    /// omd took the request and gave no answer in time, or none that is one: it may have been counted.
    unknown,
};

/// Asks the omd of this node to have processor time counted, and waits for its answer, but never for long: the process
/// waits meanwhile.
class ProcessorTimeClient {
public:
    static constexpr std::chrono::milliseconds max_wait{1000};

    explicit ProcessorTimeClient(const std::string& run_folder) : path_(run_folder + "/omd.sock") {}

    /// `wait`: in all.
    [[nodiscard]] CountingResult ask(const ProcessorTimeRequest& request,
                                     std::chrono::milliseconds wait = max_wait) const;

private:
    std::string path_;
};

}  // namespace openmosix
