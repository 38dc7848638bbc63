// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/canvas.h"

namespace openmosix::monitor {

void Canvas::put_character(Place place, char character, Style style) {
    if (place.row < size_.rows && place.column < size_.columns) {
        const bool is_printable = character >= ' ' && character <= '~';
        cells_[place.row * size_.columns + place.column] = {.character = is_printable ? character : '?',
                                                            .style = style};
    }
}

void Canvas::put(Place place, std::string_view text, Style style) {
    for (const char character : text) {
        put_character(place, character, style);
        ++place.column;
    }
}

void Canvas::put_down(Place place, std::string_view text, Style style) {
    for (const char character : text) {
        put_character(place, character, style);
        ++place.row;
    }
}

void Canvas::put_row(std::size_t row, std::string_view text, Style style) {
    put({.row = row, .column = 0}, text, style);
    for (std::size_t column = text.size(); column < size_.columns; ++column) {
        put_character({.row = row, .column = column}, ' ', style);
    }
}

std::string Canvas::row_text(std::size_t row) const {
    std::string text;
    for (std::size_t column = 0; column < size_.columns; ++column) {
        text += at({.row = row, .column = column}).character;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

std::string Canvas::text() const {
    std::string text;
    for (std::size_t row = 0; row < size_.rows; ++row) {
        text += row_text(row) + '\n';
    }
    return text;
}

}  // namespace openmosix::monitor
