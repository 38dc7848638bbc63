// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace clusterdisc {

/// Whether text is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates) without control
/// characters (U+0000 to U+001F, U+007F to U+009F).
bool is_printable_text(std::string_view text);

/// Text made safe to show on a terminal and in a log: bytes outside printable ASCII become `\xNN`, and
/// what is longer than `longest` bytes is cut and ends in `...`.
std::string shown(std::string_view text, std::size_t longest = 40);

/// The text as it is where it is printable, else as shown() has it, uncut.
std::string made_printable(std::string_view text);

}  // namespace clusterdisc
