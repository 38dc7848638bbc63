// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/wrapped_text.h"

#include <algorithm>

namespace openmosix::monitor {

namespace {

void add_wrapped(std::string_view line, std::size_t width, std::vector<std::string>& lines) {
    const std::size_t text_start = std::min(line.find_first_not_of(' '), line.size());
    // Deeper text would leave no room.
    const std::string indent(text_start < width / 2 ? text_start : 0, ' ');
    std::string_view rest = line.substr(text_start);
    do {
        const std::size_t room = width - indent.size();
        std::size_t end = std::min(room, rest.size());
        if (end < rest.size()) {
            const std::size_t space = rest.rfind(' ', end);
            end = space == std::string_view::npos || space == 0 ? end : space;
        }
        const std::string_view part = rest.substr(0, end);
        lines.push_back(indent + std::string(part.substr(0, part.find_last_not_of(' ') + 1)));
        rest.remove_prefix(end);
        rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    } while (!rest.empty());
}

}  // namespace

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
    std::vector<std::string> lines;
    width = std::max<std::size_t>(width, 1);
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        add_wrapped(text.substr(0, end), width, lines);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

}  // namespace openmosix::monitor
