// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <exception>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/event_loop.h"
#include "monitor/monitor_options.h"
#include "monitor/omd_question.h"
#include "monitor/process_survey.h"
#include "monitor/session.h"
#include "monitor/terminal_screen.h"
#include "monitor/terminal_signals.h"

namespace openmosix::monitor {

/// mosmon at work: connects the session with the terminal, with omd and with /proc. One thread.
class Monitor {
public:
    /// Takes the terminal, until the end of this object. Throws std::runtime_error when it cannot show anything.
    explicit Monitor(const MonitorOptions& options);

    /// Until somebody ends it; returns 0, or the signal that ended it, which the caller raises again. Throws what went
    /// wrong.
    int run();

private:
    using OnJson = std::function<void(const nlohmann::json& answer)>;

    /// Calls it; what it throws ends the run.
    void guarded(const std::function<void()>& work);
    [[nodiscard]] std::function<void()> guard(std::function<void()> work);
    [[nodiscard]] TerminalSignals::Handlers signal_handlers();
    void read_keys(std::uint32_t events);
    void act(const Session::Action& action);
    void update();
    void draw();
    /// Asks what is shown of the selected process alone.
    void ask_about_selected();
    void find_reasons();
    void take_list(const nlohmann::json& list);
    /// Asks again and again; an answer replaces what was unknown before.
    void ask(std::optional<OmdQuestion>& question, const std::string& line, OnJson on_json);
    /// Asks once, and says what is wrong when omd refuses.
    void order(const std::string& line, OnJson on_json);
    void move(const Session::Move& move);
    void toggle_lock(const Session::ToggleLock& toggle);

    std::string run_folder_;
    clusterdisc::EventLoop loop_;
    // Before the terminal is taken, so that none ends the program while it is.
    TerminalSignals signals_;
    TerminalScreen screen_;
    clusterdisc::Instant pause_;
    Session session_;
    ProcessSurvey survey_;
    ProcessModel processes_;
    std::optional<OmdQuestion> nodes_question_;
    std::optional<OmdQuestion> list_question_;
    std::optional<OmdQuestion> lock_question_;
    std::optional<OmdQuestion> why_question_;
    std::list<std::unique_ptr<OmdQuestion>> orders_;
    /// When the reasons of a process were looked for.
    std::map<ProcessKey, clusterdisc::Instant> reasons_;
    clusterdisc::EventSource input_;
    clusterdisc::Timer timer_;
    bool has_measured_ = false;
    std::exception_ptr problem_;
};

}  // namespace openmosix::monitor
