// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/line_input.h"

namespace openmosix::monitor {

LineInput::State LineInput::press(Key key) {
    if (key == key_enter) {
        return State::entered;
    }
    if (key == key_escape) {
        return State::cancelled;
    }
    if (key == key_backspace) {
        if (text_.empty()) {
            return State::cancelled;
        }
        text_.pop_back();
    } else if (key > ' ' && key <= '~' && text_.size() < max_length) {
        text_ += static_cast<char>(key);
    }
    return State::open;
}

}  // namespace openmosix::monitor
