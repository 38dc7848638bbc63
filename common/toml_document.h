// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 1
// Not all of the library's assertions are true of every document: of a line that is "[" one is not, just before the
// error that says so (parser.inl, parse_key()). With NDEBUG the compiler would rely on them.
#define TOML_ASSERT(expression) static_cast<void>(0)
#pragma push_macro("NDEBUG")
#undef NDEBUG
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

namespace clusterdisc {

/// A TOML document as a table; none when it is not one. Everything that is wrong is added to `problems`, as
/// `FILE:LINE: what`. Outside of lines that begin with # only ASCII is allowed.
std::optional<toml::table> parse_toml(std::string_view document, const std::string& file,
                                      std::vector<std::string>& problems);

/// `FILE:LINE: `, what a problem begins with.
std::string place_in(const std::string& file, const toml::source_region& source);

}  // namespace clusterdisc
