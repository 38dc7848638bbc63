// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace openmosix::monitor {

/// What a part of a picture is, for a terminal that can show the difference. No picture needs it to be understood.
enum class Style : std::uint8_t { plain, heading, used, free, warning, selected };

/// Rows and columns of a terminal.
struct ScreenSize {
    std::size_t rows = 0;
    std::size_t columns = 0;

    bool operator==(const ScreenSize&) const = default;
};

/// A picture of printable ASCII, from the top left. What is put outside of it is cut off.
class Canvas {
public:
    struct Cell {
        char character = ' ';
        Style style = Style::plain;

        bool operator==(const Cell&) const = default;
    };
    struct Place {
        std::size_t row = 0;
        std::size_t column = 0;

        bool operator==(const Place&) const = default;
    };

    explicit Canvas(ScreenSize size) : size_(size), cells_(size.rows * size.columns) {}

    [[nodiscard]] ScreenSize size() const { return size_; }

    /// Bytes that are not printable ASCII become question marks.
    void put(Place place, std::string_view text, Style style = Style::plain);
    /// From this row down to the end of the text, in the same column.
    void put_down(Place place, std::string_view text, Style style = Style::plain);
    /// The text from the first column on, with the style up to the end of the row.
    void put_row(std::size_t row, std::string_view text, Style style);

    void set_cursor(Place place) { cursor_ = place; }
    /// Where something is typed; none: nothing is.
    [[nodiscard]] std::optional<Place> cursor() const { return cursor_; }

    /// The place must be inside.
    [[nodiscard]] const Cell& at(Place place) const { return cells_[place.row * size_.columns + place.column]; }
    /// Without the spaces at its end.
    [[nodiscard]] std::string row_text(std::size_t row) const;
    /// All rows, each with a line end.
    [[nodiscard]] std::string text() const;

private:
    void put_character(Place place, char character, Style style);

    ScreenSize size_;
    std::vector<Cell> cells_;
    std::optional<Place> cursor_;
};

}  // namespace openmosix::monitor
