// SPDX-License-Identifier: GPL-2.0-or-later
#include "terminal_drawing.h"

namespace clusterdisc {

std::string over_former_screen(std::string_view lines) {
    constexpr std::string_view to_first_line = "\033[H";
    constexpr std::string_view erase_rest_of_line = "\033[K";
    constexpr std::string_view erase_lines_below = "\033[J";
    std::string text(to_first_line);
    for (const char character : lines) {
        if (character == '\n') {
            text += erase_rest_of_line;
        }
        text += character;
    }
    return text.append(erase_lines_below);
}

}  // namespace clusterdisc
