// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/session.h"

#include <algorithm>
#include <vector>

#include "common/node_settings.h"
#include "common/printable_text.h"
#include "monitor/help_text.h"
#include "monitor/process_details.h"
#include "monitor/wrapped_text.h"

namespace openmosix::monitor {

namespace {

/// What omd calls the place that somebody has typed; empty: there is no such place.
std::string target_of(const std::string& typed) {
    if (typed == "best") {
        return "balance";
    }
    return typed == "home" || typed == "balance" || clusterdisc::parse_node_id(typed) ? typed : std::string();
}

}  // namespace

Session::Session(const ChartSettings& settings, Page first, bool only_moved)
    : nodes_(settings), processes_(only_moved), page_(first) {}

void Session::resize(ScreenSize size) {
    size_ = size;
    processes_.resize(size);
}

void Session::take_processes(const ProcessModel& model) {
    processes_.take(model);
    if (!processes_.selected()) {
        shows_details_ = false;
    }
}

void Session::set_why(const ProcessKey& process, const std::string& why) {
    why_of_ = process;
    why_ = why;
}

Session::Action Session::press(Key key) {
    message_.clear();
    if (key == key_redraw) {
        return Repaint{};
    }
    if (input_) {
        return press_in_input(key);
    }
    if (key == 'q') {
        return Quit{};
    }
    if (shows_text()) {
        return press_in_text(key);
    }
    if (key == '?' || (page_ == Page::nodes && (key == 'h' || key == 'H'))) {
        shows_help_ = true;
        text_top_ = 0;
        return {};
    }
    if (key == key_tab || key == 'p' || key == 'n') {
        page_ = key == 'n' || (key == key_tab && page_ == Page::processes) ? Page::nodes : Page::processes;
        return {};
    }
    if (page_ == Page::processes) {
        return press_in_processes(key);
    }
    if (key == '+') {
        ask_for(Wanted::first_node, "First node: ");
    } else {
        nodes_.press(key, cluster_, size_.columns);
    }
    return {};
}

Session::Action Session::press_in_text(Key key) {
    const auto selected = processes_.selected();
    if (key == key_down || key == 'j') {
        const std::size_t lines = wrapped(text_page(), size_.columns).size();
        text_top_ = std::min(text_top_ + 1, lines - std::min(lines, size_.rows - 1));
    } else if (key == key_up || key == 'k') {
        text_top_ -= std::min<std::size_t>(text_top_, 1);
    } else if (shows_details_ && selected && (key == 'm' || key == 'h' || key == 'b' || key == 'l')) {
        return press_in_processes(key);
    } else {
        shows_help_ = false;
        shows_details_ = false;
    }
    return {};
}

Session::Action Session::press_in_processes(Key key) {
    const auto selected = processes_.selected();
    if (processes_.press(key)) {
        return {};
    }
    if (key == '/') {
        ask_for(Wanted::process, "Find a process (number or name): ");
        return {};
    }
    if (!selected) {
        if (key == 'm' || key == 'h' || key == 'b' || key == 'l' || key == key_enter) {
            say("Choose a process with Up and Down first");
        }
        return {};
    }
    const ProcessKey process = selected->facts.key;
    const std::string name = std::to_string(process.pid) + " (" + clusterdisc::shown(selected->facts.name) + ")";
    switch (key) {
        case 'm':
            to_move_ = process;
            ask_for(Wanted::place, "Move " + name + " to node (or home, best): ");
            return {};
        case 'h':
            return Move{.process = process, .to = "home"};
        case 'b':
            return Move{.process = process, .to = "balance"};
        case 'l':
            return ToggleLock{process};
        case key_enter:
            shows_details_ = true;
            text_top_ = 0;
            return {};
        default:
            return {};
    }
}

void Session::ask_for(Wanted wanted, const std::string& question) {
    wanted_ = wanted;
    input_.emplace(question);
}

Session::Action Session::press_in_input(Key key) {
    const LineInput::State state = input_->press(key);
    if (state == LineInput::State::open) {
        return {};
    }
    const std::string typed = input_->text();
    input_.reset();
    if (state == LineInput::State::cancelled || typed.empty()) {
        return {};
    }
    return take_input(typed);
}

Session::Action Session::take_input(const std::string& typed) {
    std::string wanted = "is no node: a number from 1 to 65534";
    switch (wanted_) {
        case Wanted::process:
            if (processes_.find(typed)) {
                return {};
            }
            wanted = "is neither the number nor in the name of a process in the list";
            break;
        case Wanted::place: {
            const std::string target = target_of(typed);
            if (!target.empty()) {
                return Move{.process = to_move_, .to = target};
            }
            wanted += ", home or best";
            break;
        }
        case Wanted::first_node:
            if (const auto node = clusterdisc::parse_node_id(typed)) {
                nodes_.start_at(*node);
                return {};
            }
            break;
    }
    say(typed + ' ' + wanted);
    return {};
}

std::string Session::text_page() const {
    const auto selected = processes_.selected();
    if (shows_help_ || !selected) {
        return std::string(help_text);
    }
    return process_details(*selected, why_of_ == selected->facts.key ? why_ : std::string());
}

void Session::draw_text(Canvas& canvas) const {
    const std::vector<std::string> lines = wrapped(text_page(), size_.columns);
    for (std::size_t row = 0; row + 1 < size_.rows && text_top_ + row < lines.size(); ++row) {
        const bool is_heading = !lines[text_top_ + row].starts_with(' ');
        canvas.put({.row = row, .column = 0}, lines[text_top_ + row], is_heading ? Style::heading : Style::plain);
    }
}

void Session::draw_problem(Canvas& canvas) const {
    canvas.put_row(0, "openMosix", Style::heading);
    std::size_t row = 2;
    for (const std::string& line : wrapped(problem_ + "\nWaiting for it.", size_.columns)) {
        if (row + 1 < size_.rows) {
            canvas.put({.row = row, .column = 0}, line, Style::warning);
        }
        ++row;
    }
}

std::string Session::legend() const {
    if (shows_help_) {
        return "Up Down scroll  q quit  others: back";
    }
    if (shows_details_) {
        return "m move  h home  l lock  q quit  others: back";
    }
    return page_ == Page::nodes ? "q quit  ? help  Tab processes  l load  m memory  s speed"
                                : "q quit  ? help  Tab nodes  m move  h home  l lock  Enter why";
}

void Session::draw_message(Canvas& canvas) const {
    constexpr std::size_t max_lines = 3;
    std::vector<std::string> lines = wrapped(message_, size_.columns);
    lines.resize(std::min(lines.size(), max_lines));
    for (std::size_t line = 0; line < lines.size(); ++line) {
        canvas.put_row(size_.rows - lines.size() + line, lines[line], Style::plain);
    }
}

void Session::draw_last_row(Canvas& canvas) const {
    const std::size_t row = size_.rows - 1;
    if (input_) {
        // The end of it is where somebody types.
        const std::string all = input_->question() + input_->text();
        const std::string seen = all.substr(all.size() - std::min(all.size(), size_.columns - 1));
        canvas.put_row(row, seen, Style::plain);
        canvas.set_cursor({.row = row, .column = seen.size()});
    } else if (!message_.empty()) {
        draw_message(canvas);
    } else if (!problem_.empty() && page_ == Page::processes) {
        canvas.put_row(row, problem_, Style::warning);
    } else {
        canvas.put_row(row, legend(), Style::heading);
    }
}

Canvas Session::draw() const {
    Canvas canvas(size_);
    if (size_.rows < min_size.rows || size_.columns < min_size.columns) {
        const std::string wanted =
            "too small: " + std::to_string(min_size.columns) + "x" + std::to_string(min_size.rows) + " needed";
        std::size_t row = 0;
        for (const std::string& line : wrapped(wanted, std::max<std::size_t>(size_.columns, 1))) {
            canvas.put({.row = row++, .column = 0}, line, Style::warning);
        }
        return canvas;
    }
    if (shows_text()) {
        draw_text(canvas);
    } else if (page_ == Page::processes) {
        processes_.draw(canvas);
    } else if (!problem_.empty()) {
        draw_problem(canvas);
    } else {
        nodes_.draw(cluster_, canvas);
    }
    draw_last_row(canvas);
    return canvas;
}

}  // namespace openmosix::monitor
