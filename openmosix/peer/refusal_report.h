// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <string_view>

/// A child of omd says on its standard output why it does not believe its peer, and closes it when it does: omd alone
/// knows how many are refused, and logs only some of that (omd/child_reports.h).
namespace openmosix {

inline constexpr std::size_t max_report = 1024;

inline void report_refusal(std::string_view reason) {
    reason = reason.substr(0, max_report);
    // If omd has ended meanwhile, nobody wants to know.
    static_cast<void>(::write(STDOUT_FILENO, reason.data(), reason.size()) == 0);
}

inline void report_nothing_more() {
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing >= 0) {
        ::dup2(nothing, STDOUT_FILENO);
        ::close(nothing);
    }
}

}  // namespace openmosix
