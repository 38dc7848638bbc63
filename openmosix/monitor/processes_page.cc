// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/processes_page.h"

#include <algorithm>

namespace openmosix::monitor {

namespace {

/// Above the table: what it is, and what its columns are; below: what can be done.
constexpr std::size_t rows_around_table = 3;

}  // namespace

bool ProcessesPage::press(Key key) {
    const auto page = static_cast<std::ptrdiff_t>(std::max<std::size_t>(table_rows(), 1));
    const auto all = static_cast<std::ptrdiff_t>(processes_.size());
    switch (key) {
        case key_up:
        case 'k':
            move_selection(-1);
            return true;
        case key_down:
        case 'j':
            move_selection(1);
            return true;
        case key_page_up:
            move_selection(-page);
            return true;
        case key_page_down:
            move_selection(page);
            return true;
        case key_home:
            move_selection(-all);
            return true;
        case key_end:
            move_selection(all);
            return true;
        case 's':
            order_ = order_ == ProcessOrder::pid ? ProcessOrder::processor_use
                                                 : static_cast<ProcessOrder>(static_cast<unsigned>(order_) + 1);
            break;
        case 'a':
            only_moved_ = !only_moved_;
            break;
        default:
            return false;
    }
    sort();
    return true;
}

void ProcessesPage::take(const ProcessModel& model) {
    model_ = model;
    sort();
    const auto has_ended = [this](const auto& known) {
        return std::ranges::find(processes_, known.first, &ProcessFacts::key) == processes_.end();
    };
    std::erase_if(reasons_, has_ended);
    // What is left out of the list just now is not over.
    if (!only_moved_) {
        std::erase_if(locks_, has_ended);
    }
}

void ProcessesPage::resize(ScreenSize size) {
    size_ = size;
    scroll();
}

void ProcessesPage::sort() {
    processes_ = model_.sorted(order_, only_moved_);
    const auto found = selection_ ? std::ranges::find(processes_, *selection_, &ProcessFacts::key) : processes_.end();
    is_selection_listed_ = found != processes_.end();
    if (!is_selection_listed_) {
        index_ = std::min(index_, processes_.size() - std::min<std::size_t>(processes_.size(), 1));
    } else {
        index_ = static_cast<std::size_t>(found - processes_.begin());
    }
    scroll();
}

void ProcessesPage::scroll() {
    const std::size_t rows = std::max<std::size_t>(table_rows(), 1);
    if (is_selection_listed_) {
        top_ = std::clamp(top_, index_ + 1 - std::min(rows, index_ + 1), index_);
    }
    top_ = std::min(top_, processes_.size() - std::min(rows, processes_.size()));
}

void ProcessesPage::move_selection(std::ptrdiff_t distance) {
    if (processes_.empty()) {
        return;
    }
    const auto last = static_cast<std::ptrdiff_t>(processes_.size()) - 1;
    // The first key selects a process that is on the screen.
    const auto index = static_cast<std::ptrdiff_t>(is_selection_listed_ ? index_ : std::max(index_, top_));
    select(
        static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(is_selection_listed_ ? index + distance : index, 0, last)));
}

void ProcessesPage::select(std::size_t index) {
    index_ = index;
    selection_ = processes_[index].key;
    is_selection_listed_ = true;
    scroll();
}

bool ProcessesPage::find(std::string_view text) {
    auto found = std::ranges::find_if(
        processes_, [text](const ProcessFacts& facts) { return std::to_string(facts.key.pid) == text; });
    if (found == processes_.end()) {
        found = std::ranges::find_if(
            processes_, [text](const ProcessFacts& facts) { return facts.name.find(text) != std::string::npos; });
    }
    if (found == processes_.end()) {
        return false;
    }
    select(static_cast<std::size_t>(found - processes_.begin()));
    return true;
}

std::size_t ProcessesPage::table_rows() const {
    return size_.rows - std::min(size_.rows, rows_around_table);
}

TableRow ProcessesPage::row_of(const ProcessFacts& facts) const {
    TableRow row{.facts = facts, .reason = facts.reason, .is_locked = std::nullopt};
    if (const auto reason = reasons_.find(facts.key); row.reason.empty() && reason != reasons_.end()) {
        row.reason = reason->second;
    }
    if (const auto lock = locks_.find(facts.key); lock != locks_.end()) {
        row.is_locked = lock->second;
    }
    return row;
}

std::optional<TableRow> ProcessesPage::selected() const {
    return is_selection_listed_ ? std::optional(row_of(processes_[index_])) : std::nullopt;
}

std::span<const ProcessFacts> ProcessesPage::visible() const {
    return std::span(processes_).subspan(top_, std::min(table_rows(), processes_.size() - top_));
}

std::string ProcessesPage::heading() const {
    using Place = ProcessFacts::Place;
    std::size_t away = 0;
    std::size_t guests = 0;
    for (const ProcessFacts& facts : processes_) {
        away += facts.place == Place::away || facts.place == Place::moving ? 1 : 0;
        guests += facts.place == Place::guest ? 1 : 0;
    }
    return std::to_string(processes_.size()) + (only_moved_ ? " moved" : " processes") + " by " + name_of(order_) +
           ", " + std::to_string(away) + " away, " + std::to_string(guests) + " guests";
}

void ProcessesPage::draw(Canvas& canvas) const {
    const std::size_t columns = canvas.size().columns;
    canvas.put_row(0, heading(), Style::heading);
    canvas.put({.row = 1, .column = 0}, table_heading(columns));
    std::size_t row = 2;
    for (const ProcessFacts& facts : visible()) {
        const std::string line = table_line(row_of(facts), columns);
        if (facts.key == selection_) {
            canvas.put_row(row, line, Style::selected);
        } else {
            canvas.put({.row = row, .column = 0}, line);
        }
        ++row;
    }
    if (processes_.empty()) {
        canvas.put({.row = row, .column = 0}, only_moved_ ? "None is away, none is a guest (a: all)" : "No processes");
    }
}

}  // namespace openmosix::monitor
