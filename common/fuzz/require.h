// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdlib>

/// What a libFuzzer target promises: anything else is a finding.
inline void require(bool is_true) {
    if (!is_true) {
        std::abort();
    }
}
