// SPDX-License-Identifier: GPL-2.0-or-later
#include "release.h"

namespace clusterdisc {
namespace {

std::string_view without_quotes(std::string_view value) {
    const bool is_quoted =
        value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front();
    return is_quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

Release parse_release(std::string_view content, Release release) {
    while (!content.empty()) {
        const std::size_t end = content.find('\n');
        const std::string_view line = content.substr(0, end);
        content.remove_prefix(end == std::string_view::npos ? content.size() : end + 1);

        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos) {
            continue;
        }
        const std::string_view value = without_quotes(line.substr(equals + 1));
        if (line.substr(0, equals) == "NAME") {
            release.name = value;
        } else if (line.substr(0, equals) == "VERSION") {
            release.version = value;
        }
    }
    return release;
}

}  // namespace clusterdisc
