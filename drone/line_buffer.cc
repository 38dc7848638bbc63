// SPDX-License-Identifier: GPL-2.0-or-later
#include "line_buffer.h"

#include <utility>

namespace clusterdisc {

std::vector<std::string> LineBuffer::add(std::string_view piece) {
    std::vector<std::string> lines;
    for (const char character : piece) {
        if (character != '\n') {
            begun_ += character;
        }
        if ((character == '\n' && !begun_.empty()) || begun_.size() == max_line) {
            lines.push_back(take_rest());
        }
    }
    return lines;
}

std::string LineBuffer::take_rest() {
    return std::exchange(begun_, {});
}

}  // namespace clusterdisc
