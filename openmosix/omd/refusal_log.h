// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>

#include "common/instant.h"

namespace openmosix {

/// Logs that peers are refused: one line a minute, however many there are.
class RefusalLog {
public:
    void add(const std::string& line);

private:
    std::optional<clusterdisc::Instant> last_;
    unsigned unsaid_ = 0;
};

}  // namespace openmosix
