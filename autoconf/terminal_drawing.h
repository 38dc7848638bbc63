// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace clusterdisc {

/// Lines as a terminal takes them to show them from its upper left corner on and nothing else (ECMA-48). What was there
/// before is overwritten line by line, because a screen that is cleared first flickers.
std::string over_former_screen(std::string_view lines);

}  // namespace clusterdisc
