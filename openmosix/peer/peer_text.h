// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/printable_text.h"

namespace openmosix {

/// Words or a name from a peer, for terminals, logs and state files: neither control characters nor more than a few
/// lines. All text that comes from a peer goes through here as soon as it is read.
inline std::string peer_text(std::string_view text) {
    constexpr std::size_t longest = 300;
    return clusterdisc::shown(text, longest);
}

}  // namespace openmosix
