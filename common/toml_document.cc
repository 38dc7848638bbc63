// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/toml_document.h"

#include <algorithm>

#include "common/printable_text.h"

namespace clusterdisc {
namespace {

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char character) { return static_cast<unsigned char>(character) < 0x80; });
}

/// The document without lines that are comments. They may be in any language; on other lines, where no setting needs
/// more than ASCII, anything else is a problem: toml++ 3.3 has undefined behaviour for some characters (U+FEFD).
std::string without_comment_lines(std::string_view document, const std::string& file,
                                  std::vector<std::string>& problems) {
    std::string result;
    for (std::size_t number = 1; !document.empty(); ++number) {
        const std::size_t end = std::min(document.find('\n'), document.size() - 1);
        const std::string_view line = document.substr(0, end + 1);
        document.remove_prefix(end + 1);
        const std::size_t start = line.find_first_not_of(" \t");
        if (start != std::string_view::npos && line.at(start) == '#') {
            result += '\n';
            continue;
        }
        if (!is_ascii(line)) {
            problems.push_back(file + ':' + std::to_string(number) +
                               ": only ASCII characters are allowed, but for lines that begin with #");
        }
        result += line;
    }
    return result;
}

}  // namespace

std::string place_in(const std::string& file, const toml::source_region& source) {
    return file + ':' + std::to_string(source.begin.line) + ": ";
}

std::optional<toml::table> parse_toml(std::string_view document, const std::string& file,
                                      std::vector<std::string>& problems) {
    const std::size_t known_problems = problems.size();
    const std::string plain_document = without_comment_lines(document, file, problems);
    if (problems.size() > known_problems) {
        return std::nullopt;
    }
    try {
        return toml::parse(plain_document);
    } catch (const toml::parse_error& error) {
        problems.push_back(place_in(file, error.source()) +
                           "this is not TOML: " + shown(error.description(), error.description().size()));
        return std::nullopt;
    }
}

}  // namespace clusterdisc
