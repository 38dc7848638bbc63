// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/terminal_screen.h"

// Functions in place of macros with short names.
#define NCURSES_NOMACROS
#include <curses.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "common/printable_text.h"
#include "monitor/terminal_kind.h"

namespace openmosix::monitor {

namespace {

constexpr const char* instead = "; mps, mosctl why and mtop -b show the same as text";
// Pairs of colours by number.
constexpr short used_colour = 1;
constexpr short free_colour = 2;
constexpr short warning_colour = 3;

std::string terminal_name() {
    const char* const name = std::getenv("TERM");
    return name == nullptr ? "" : clusterdisc::shown(name);
}

/// Throws std::runtime_error when ncurses would end the program or draw nonsense.
void check_terminal() {
    if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0) {
        throw std::runtime_error(std::string("standard input and output must be a terminal") + instead);
    }
    if (!can_move_cursor()) {
        throw std::runtime_error("a terminal of the kind \"" + terminal_name() +
                                 "\" is not known, or cannot move its cursor: set TERM to what it is, as in "
                                 "TERM=vt100" +
                                 instead);
    }
}

Key to_key(int code) {
    switch (code) {
        case KEY_UP:
            return key_up;
        case KEY_DOWN:
            return key_down;
        case KEY_LEFT:
            return key_left;
        case KEY_RIGHT:
            return key_right;
        case KEY_PPAGE:
            return key_page_up;
        case KEY_NPAGE:
            return key_page_down;
        case KEY_HOME:
            return key_home;
        case KEY_END:
            return key_end;
        case KEY_ENTER:
        case '\r':
            return key_enter;
        case KEY_BACKSPACE:
        case '\b':
            return key_backspace;
        case KEY_F(1):
            return '?';
        case KEY_F(10):
            return 'q';
        default:
            return code > 0 && code <= key_backspace ? code : 0;
    }
}

}  // namespace

struct TerminalScreen::Curses {
    SCREEN* screen = nullptr;
    WINDOW* window = nullptr;
    bool has_colours = false;

    [[nodiscard]] attr_t attributes(Style style) const {
        const auto coloured = [this](short pair, attr_t otherwise) {
            return has_colours ? static_cast<attr_t>(COLOR_PAIR(pair)) : otherwise;
        };
        switch (style) {
            case Style::heading:
                return A_BOLD;
            case Style::used:
                return coloured(used_colour, A_NORMAL);
            case Style::free:
                return coloured(free_colour, A_NORMAL);
            case Style::warning:
                return coloured(warning_colour, A_BOLD);
            case Style::selected:
                return A_REVERSE;
            case Style::plain:
                break;
        }
        return A_NORMAL;
    }

    void draw_row(const Canvas& canvas, std::size_t row) const {
        const std::size_t columns = canvas.size().columns;
        ::wmove(window, static_cast<int>(row), 0);
        for (std::size_t column = 0; column < columns; ++column) {
            const Canvas::Cell& cell = canvas.at({.row = row, .column = column});
            // A space looks the same in every style but one, and plain ones need not be sent.
            const bool is_blank = cell.character == ' ' && cell.style != Style::selected;
            ::waddch(window,
                     static_cast<unsigned char>(cell.character) | (is_blank ? A_NORMAL : attributes(cell.style)));
        }
    }
};

TerminalScreen::TerminalScreen() : curses_(std::make_unique<Curses>()) {
    constexpr int escape_milliseconds = 150;
    check_terminal();
    curses_->screen = ::newterm(nullptr, stdout, stdin);
    if (curses_->screen == nullptr) {
        throw std::runtime_error("ncurses cannot draw on a terminal of the kind \"" + terminal_name() + '"' + instead);
    }
    curses_->window = stdscr;
    ::set_escdelay(escape_milliseconds);
    ::cbreak();
    ::noecho();
    ::nonl();
    ::keypad(stdscr, TRUE);
    ::nodelay(stdscr, TRUE);
    ::scrollok(stdscr, FALSE);
    // Input that is there already must not keep a picture from being sent.
    ::typeahead(-1);
    curses_->has_colours = ::has_colors() && ::start_color() == OK && ::use_default_colors() == OK;
    if (curses_->has_colours) {
        ::init_pair(used_colour, COLOR_GREEN, -1);
        ::init_pair(free_colour, COLOR_CYAN, -1);
        ::init_pair(warning_colour, COLOR_RED, -1);
    }
}

TerminalScreen::~TerminalScreen() {
    if (curses_->screen != nullptr) {
        ::endwin();
        ::delscreen(curses_->screen);
    }
}

ScreenSize TerminalScreen::size() const {
    return {.rows = static_cast<std::size_t>(getmaxy(curses_->window)),
            .columns = static_cast<std::size_t>(getmaxx(curses_->window))};
}

bool TerminalScreen::is_slow() const {
    constexpr int slow = 9600;
    return ::baudrate_sp(curses_->screen) <= slow;
}

void TerminalScreen::show(const Canvas& canvas) {
    ::werase(curses_->window);
    for (std::size_t row = 0; row < canvas.size().rows; ++row) {
        curses_->draw_row(canvas, row);
    }
    const auto cursor = canvas.cursor();
    ::curs_set(cursor ? 1 : 0);
    if (cursor) {
        ::wmove(curses_->window, static_cast<int>(cursor->row), static_cast<int>(cursor->column));
    }
    ::wrefresh(curses_->window);
}

std::vector<Key> TerminalScreen::keys() {
    std::vector<Key> keys;
    for (int code = ::wgetch(curses_->window); code != ERR; code = ::wgetch(curses_->window)) {
        if (const Key key = to_key(code); key != 0) {
            keys.push_back(key);
        }
    }
    return keys;
}

void TerminalScreen::follow_size() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
        ::resizeterm_sp(curses_->screen, size.ws_row, size.ws_col);
    }
}

void TerminalScreen::repaint() {
    ::clearok(curses_->window, TRUE);
}

void TerminalScreen::suspend() {
    ::endwin_sp(curses_->screen);
}

void TerminalScreen::resume() {
    ::reset_prog_mode_sp(curses_->screen);
    follow_size();
    repaint();
}

}  // namespace openmosix::monitor
