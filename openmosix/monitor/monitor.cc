// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/monitor.h"

#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <utility>

#include "control/move_hints.h"
#include "control/process_list.h"
#include "control/request.h"
#include "monitor/moment.h"

namespace openmosix::monitor {

namespace {

using clusterdisc::EventLoop;
using clusterdisc::Instant;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant max_wait = seconds(10);
/// omd gives up a move after 60 seconds, and says so.
constexpr Instant max_wait_for_order = seconds(75);

Instant pause_of(const MonitorOptions& options, bool is_slow) {
    constexpr milliseconds usual = seconds(2);
    constexpr milliseconds on_slow_line = seconds(5);
    return options.pause.value_or(is_slow ? on_slow_line : usual);
}

bool is_hung_up(std::uint32_t events) {
    int waiting = 0;
    return (events & (EPOLLHUP | EPOLLERR)) != 0 || ::ioctl(STDIN_FILENO, FIONREAD, &waiting) != 0 || waiting == 0;
}

std::string subject_of(const ProcessKey& process) {
    return "Process " + std::to_string(process.pid);
}

}  // namespace

Monitor::Monitor(const MonitorOptions& options)
    : run_folder_(options.run_folder), signals_(loop_.get(), signal_handlers()),
      pause_(pause_of(options, screen_.is_slow())), session_(options.chart, options.first, options.only_moved),
      input_(clusterdisc::add_io(loop_.get(), STDIN_FILENO, EPOLLIN,
                                 [this](std::uint32_t events) { guarded([this, events] { read_keys(events); }); })),
      timer_(loop_.get(), guard([this] { update(); })) {
    session_.resize(screen_.size());
}

int Monitor::run() {
    draw();
    timer_.set(EventLoop::now());
    const int signal = loop_.run();
    if (problem_) {
        std::rethrow_exception(problem_);
    }
    return signal;
}

void Monitor::guarded(const std::function<void()>& work) {
    try {
        work();
    } catch (...) {
        problem_ = std::current_exception();
        loop_.exit(0);
    }
}

std::function<void()> Monitor::guard(std::function<void()> work) {
    return [this, work = std::move(work)] { guarded(work); };
}

TerminalSignals::Handlers Monitor::signal_handlers() {
    const auto draw_again = [this] {
        screen_.resume();
        session_.resize(screen_.size());
        draw();
    };
    TerminalSignals::Handlers handlers;
    handlers.on_end = [this](int signal) { loop_.exit(signal); };
    handlers.on_stop = guard([this, draw_again] {
        screen_.suspend();
        TerminalSignals::stop();
        draw_again();
    });
    handlers.on_continue = guard(draw_again);
    handlers.on_resize = guard([this] {
        screen_.follow_size();
        session_.resize(screen_.size());
        draw();
    });
    return handlers;
}

void Monitor::read_keys(std::uint32_t events) {
    if (is_hung_up(events)) {
        loop_.exit(SIGHUP);
        return;
    }
    const auto page = session_.page();
    for (const Key key : screen_.keys()) {
        act(session_.press(key));
    }
    if (session_.page() != page) {
        // What the other page shows has not been asked for.
        update();
    }
    if (session_.shows_details()) {
        ask_about_selected();
    }
    draw();
}

void Monitor::act(const Session::Action& action) {
    if (std::holds_alternative<Session::Quit>(action)) {
        loop_.exit(0);
    } else if (std::holds_alternative<Session::Repaint>(action)) {
        screen_.repaint();
    } else if (const auto* const move_action = std::get_if<Session::Move>(&action)) {
        move(*move_action);
    } else if (const auto* const toggle = std::get_if<Session::ToggleLock>(&action)) {
        toggle_lock(*toggle);
    }
}

void Monitor::draw() {
    if (session_.page() == Session::Page::processes) {
        find_reasons();
    }
    screen_.show(session_.draw());
}

void Monitor::update() {
    // The use of processors is known after the second look.
    constexpr Instant first_pause = milliseconds(500);
    timer_.set(EventLoop::now() + (has_measured_ ? pause_ : std::min(first_pause, pause_)));
    ask(nodes_question_, to_line(NodesRequest{}), [this](const auto& answer) { session_.take_cluster(answer); });
    if (session_.page() == Session::Page::processes) {
        has_measured_ = true;
        ask(list_question_, to_line(ListRequest{}), [this](const auto& answer) { take_list(answer); });
        ask_about_selected();
    }
}

void Monitor::take_list(const nlohmann::json& list) {
    processes_.take(list, survey_.look(), current_moment(session_.own_node().value_or(0)));
    session_.take_processes(processes_);
}

void Monitor::find_reasons() {
    constexpr Instant max_age = seconds(10);
    const Instant now = EventLoop::now();
    std::erase_if(reasons_, [&](const auto& known) { return now - known.second > max_age; });
    for (const ProcessFacts& facts : session_.visible_processes()) {
        if (facts.place == ProcessFacts::Place::here && reasons_.try_emplace(facts.key, now).second) {
            session_.set_reason(facts.key, reasons_of(facts.key.pid));
        }
    }
}

void Monitor::ask_about_selected() {
    const auto selected = session_.selected();
    if (!selected) {
        return;
    }
    const ProcessKey process = selected->facts.key;
    ask(lock_question_, to_line(HintRequest{.pid = process.pid, .hints = {}}),
        [this, process](const auto& answer) { session_.set_lock(process, text_in(answer, "lock") == "on"); });
    if (session_.shows_details()) {
        ask(why_question_, to_line(WhyRequest{process.pid}),
            [this, process](const auto& answer) { session_.set_why(process, text_in(answer, "text")); });
    }
}

void Monitor::ask(std::optional<OmdQuestion>& question, const std::string& line, OnJson on_json) {
    if (question) {
        return;
    }
    const auto on_answer = [this, &question, on_json = std::move(on_json)](const OmdQuestion::Answer& answer) {
        guarded([&] {
            question.reset();
            if (const auto* const problem = std::get_if<std::string>(&answer)) {
                session_.set_problem(*problem);
                if (&question == &list_question_) {
                    on_json(nlohmann::json::object());
                }
            } else if (const auto& json = std::get<nlohmann::json>(answer); json["ok"].get<bool>()) {
                session_.set_problem("");
                on_json(json);
            }
            draw();
        });
    };
    question.emplace(loop_.get(), run_folder_, line, max_wait, on_answer);
}

void Monitor::order(const std::string& line, OnJson on_json) {
    const auto place = orders_.insert(orders_.end(), nullptr);
    *place = std::make_unique<OmdQuestion>(
        loop_.get(), run_folder_, line, max_wait_for_order,
        [this, place, on_json = std::move(on_json)](const OmdQuestion::Answer& answer) {
            guarded([&] {
                orders_.erase(place);
                if (const auto* const problem = std::get_if<std::string>(&answer)) {
                    session_.say(*problem);
                } else if (const auto& json = std::get<nlohmann::json>(answer); json["ok"].get<bool>()) {
                    on_json(json);
                } else {
                    session_.say(text_in(json, "reason"));
                }
                update();
                draw();
            });
        });
}

void Monitor::move(const Session::Move& move) {
    const std::string where = move.to == "home"      ? "home"
                              : move.to == "balance" ? "to the best node"
                                                     : "to node " + move.to;
    const std::string subject = subject_of(move.process);
    session_.say(subject + " moves " + where + " ...");
    order(to_line(MoveRequest{.pid = move.process.pid, .to = move.to, .file = "", .among = "", .at_exec = false}),
          [this, subject, where](const auto&) { session_.say(subject + " has moved " + where); });
}

void Monitor::toggle_lock(const Session::ToggleLock& toggle) {
    const ProcessKey process = toggle.process;
    HintRequest request{.pid = process.pid, .hints = {}};
    order(to_line(request), [this, process, request](const auto& now) mutable {
        const bool locks = text_in(now, "lock") != "on";
        request.hints.lock = locks ? MoveLock::on : MoveLock::off;
        order(to_line(request), [this, process, locks](const auto&) {
            session_.set_lock(process, locks);
            session_.say(subject_of(process) + (locks ? " is locked" : " is unlocked"));
        });
    });
}

}  // namespace openmosix::monitor
