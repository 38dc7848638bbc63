// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>
#include <vector>

#include "monitor/canvas.h"
#include "monitor/key.h"

namespace openmosix::monitor {

/// The terminal that is standard input and output, while this object lives: shows pictures by ncurses, which sends only
/// what is different, and takes keys. Signals are the caller's: it must have blocked those that ncurses would take.
class TerminalScreen {
public:
    /// Throws std::runtime_error when it is no terminal, or none that can be drawn on, with what to do then.
    TerminalScreen();
    TerminalScreen(const TerminalScreen&) = delete;
    TerminalScreen& operator=(const TerminalScreen&) = delete;
    TerminalScreen(TerminalScreen&&) = delete;
    TerminalScreen& operator=(TerminalScreen&&) = delete;
    /// The terminal is as it was.
    ~TerminalScreen();

    [[nodiscard]] ScreenSize size() const;
    /// True of a line with 9600 baud or less.
    [[nodiscard]] bool is_slow() const;

    void show(const Canvas& canvas);
    /// All that were pressed since the last call; empty when there is none.
    std::vector<Key> keys();

    /// The terminal may have another size now.
    void follow_size();
    /// Sends everything with the next picture.
    void repaint();
    /// The terminal is as it was until resume().
    void suspend();
    void resume();

private:
    struct Curses;
    std::unique_ptr<Curses> curses_;
};

}  // namespace openmosix::monitor
