// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string_view>

namespace clusterdisc {

/// One line on standard error, at the level that sd-daemon(3) gives warnings.
void warn(std::string_view text) noexcept;

}  // namespace clusterdisc
