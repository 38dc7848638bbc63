// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/warning.h"

#include <exception>
#include <string>

#include "common/log.h"

namespace clusterdisc {

void warn(std::string_view text) noexcept {
    constexpr std::size_t longest = 1000;
    try {
        log_line(LogLevel::warning, std::string(text.substr(0, longest)));
    } catch (const std::exception&) {
        // Without memory there is nothing to be said.
    }
}

}  // namespace clusterdisc
