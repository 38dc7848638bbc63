// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "monitor/canvas.h"
#include "monitor/key.h"
#include "monitor/process_model.h"
#include "monitor/process_table.h"

namespace openmosix::monitor {

/// The page with a line for each process, of which one may be selected. It stays selected while the list changes around
/// it, until it ends; no order goes to a process that has just come to the same line, nor to one that is not seen.
class ProcessesPage {
public:
    explicit ProcessesPage(bool only_moved) : only_moved_(only_moved) {}

    /// False when the key means nothing here.
    bool press(Key key);
    /// Selects the process with this number, else the first one with this in its name; false when there is none.
    bool find(std::string_view text);
    void take(const ProcessModel& model);
    void resize(ScreenSize size);

    /// Answers to questions about single processes.
    void set_reason(const ProcessKey& process, const std::string& reason) { reasons_[process] = reason; }
    void set_lock(const ProcessKey& process, bool is_locked) { locks_[process] = is_locked; }

    /// None at first, and while it is not in the list.
    [[nodiscard]] std::optional<TableRow> selected() const;
    /// Those that are on the screen.
    [[nodiscard]] std::span<const ProcessFacts> visible() const;

    /// Fills all rows but the last one.
    void draw(Canvas& canvas) const;

private:
    void sort();
    void select(std::size_t index);
    void scroll();
    void move_selection(std::ptrdiff_t distance);
    [[nodiscard]] std::size_t table_rows() const;
    [[nodiscard]] TableRow row_of(const ProcessFacts& facts) const;
    [[nodiscard]] std::string heading() const;

    ProcessModel model_;
    ProcessOrder order_ = ProcessOrder::processor_use;
    bool only_moved_;
    std::vector<ProcessFacts> processes_;
    std::optional<ProcessKey> selection_;
    bool is_selection_listed_ = false;
    /// Where it is or was.
    std::size_t index_ = 0;
    std::size_t top_ = 0;
    ScreenSize size_;
    std::map<ProcessKey, std::string> reasons_;
    std::map<ProcessKey, bool> locks_;
};

}  // namespace openmosix::monitor
