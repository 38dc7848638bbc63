// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "monitor/key.h"

namespace openmosix::monitor {

/// A line that somebody types.
class LineInput {
public:
    enum class State : std::uint8_t { open, entered, cancelled };

    explicit LineInput(std::string question) : question_(std::move(question)) {}

    State press(Key key);

    [[nodiscard]] const std::string& question() const { return question_; }
    [[nodiscard]] const std::string& text() const { return text_; }

    /// What is longer is not taken.
    static constexpr std::size_t max_length = 20;

private:
    std::string question_;
    std::string text_;
};

}  // namespace openmosix::monitor
