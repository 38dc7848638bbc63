// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace openmosix::monitor {

/// The lines of a text, none of them longer than `width`, which counts as 1 at least: broken at spaces, longer words
/// anywhere. Lines that follow one that was broken begin where its text does.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

}  // namespace openmosix::monitor
