// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>

namespace clusterdisc {

/// How long to wait before a program that has ended is started again: the sooner it ends after its start, the longer,
/// up to a limit, but never for ever, as nobody may be there to start it.
class RestartDelay {
public:
    using Duration = std::chrono::milliseconds;

    static constexpr Duration shortest{500};
    static constexpr Duration longest{30'000};
    /// A program that has run for so long has not failed at its start.
    static constexpr Duration proven{20'000};

    /// The program has ended after so long.
    Duration next(Duration has_run);

private:
    Duration last_{0};
};

}  // namespace clusterdisc
