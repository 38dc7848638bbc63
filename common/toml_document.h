// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

namespace clusterdisc {

/// A TOML document as a table; none when it is not one. Everything that is wrong is added to `problems`, as
/// `FILE:LINE: what`. Outside of lines that begin with # only ASCII is allowed.
std::optional<toml::table> parse_toml(std::string_view document, const std::string& file,
                                      std::vector<std::string>& problems);

/// `FILE:LINE: `, what a problem begins with.
std::string place_in(const std::string& file, const toml::source_region& source);

}  // namespace clusterdisc
