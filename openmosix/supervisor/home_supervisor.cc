// SPDX-License-Identifier: GPL-2.0-or-later
#include "supervisor/home_supervisor.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "calls/request_check.h"
#include "clocks/read_clock.h"
#include "common/log.h"
#include "freeze/freezer.h"
#include "peer/connection.h"
#include "peer/peer_text.h"
#include "signals/child_signal.h"
#include "signals/default_action.h"
#include "signals/signal_info.h"
#include "tracee/call_numbers.h"
#include "tracee/process_end.h"

namespace openmosix {

namespace {

/// How long a deputy that has nothing to do stands before it waits for signals: a program that makes many calls is
/// served faster when it stands, one that makes none must see its signals soon.
constexpr int milliseconds_to_park = 1;
/// More are left pending here while the program has not taken these: a fast timer's expirations are counted then
/// (timer_getoverrun(2)), where each would be sent as a signal of its own.
constexpr std::size_t max_signals_under_way = 256;

}  // namespace

HomeSupervisor::HomeSupervisor(const HomeOptions& options, const clusterdisc::KeyRing& keys)
    : options_(options), keys_(keys), control_(options.run_folder, std::to_string(options.pid), options.control),
      state_file_(options.run_folder + "/processes", options.pid), all_here_(make_event()),
      time_client_(options.run_folder) {
    state_.elsewhere.emplace();
    state_.home = options.node;
    state_.home_pid = static_cast<std::uint32_t>(options.pid);
    catch_child_signal();
}

HomeSupervisor::~HomeSupervisor() {
    // Before the threads' connection goes.
    page_thread_.reset();
}

void HomeSupervisor::write_state(const std::string& state, const std::string& reason) {
    state_.state = state;
    state_.reason = reason;
    state_.node = where_ == Where::away && last_ ? last_->node : options_.node;
    state_file_.write(state_);
}

void HomeSupervisor::answer_commands(const std::string& reason) {
    for (const Command& command : waiting_commands_) {
        ControlChannel::answer(command, reason);
    }
    waiting_commands_.clear();
    for (const Command& command : waiting_checkpoints_) {
        ControlChannel::answer(command, reason.empty() ? ProcessEnded().what() : reason);
    }
    waiting_checkpoints_.clear();
}

void HomeSupervisor::run() {
    bool was_busy = false;
    for (const auto until = in_seconds(60); where_ != Where::done;) {
        try {
            wait_for_events();
        } catch (const std::exception& error) {
            if (!lose_process(error.what())) {
                throw;
            }
        }
        was_busy = was_busy || tracee_ != nullptr || has_had_command_;
        if (tracee_ == nullptr && where_ == Where::at_home && (was_busy || std::chrono::steady_clock::now() > until)) {
            where_ = Where::done;
        }
    }
    count_last_time_elsewhere();
    const bool is_at_home = tracee_ == nullptr && !has_ended(options_.pid);
    answer_commands(is_at_home ? std::string() : ProcessEnded().what());
    say_over();
}

void HomeSupervisor::say_over() {
    if (!peer_ || !has_ended(options_.pid)) {
        return;
    }
    try {
        peer_->send(Over{});
    } catch (const PeerError&) {
        // It needs no message any more, either.
        peer_.reset();
    }
}

void HomeSupervisor::log(clusterdisc::LogLevel level, const std::string& what) const {
    clusterdisc::log_line(level, "process " + std::to_string(options_.pid) + " (" + state_.name + ") " + what);
}

bool HomeSupervisor::sleep_until_event(int milliseconds) {
    std::vector<pollfd> waits;
    for (const int descriptor : control_.descriptors()) {
        waits.push_back({descriptor, POLLIN, 0});
    }
    if (peer_ && where_ == Where::away) {
        waits.push_back({peer_->number(), POLLIN, 0});
    }
    waits.push_back({all_here_.number(), POLLIN, 0});
    if (page_thread_) {
        waits.push_back({page_thread_->finished(), POLLIN, 0});
    }
    return poll_with_child_signal(waits, milliseconds) != 0;
}

void HomeSupervisor::wait_for_events() {
    const bool may_park = where_ == Where::away && deputy_ && deputy_->is_standing();
    try {
        const bool is_called = may_park && peer_->wait_briefly();
        if (!is_called && !sleep_until_event(may_park ? milliseconds_to_park : time_to_deadline(1000)) && may_park) {
            park_deputy();
        }
        check_deadline();
        handle_stops();
        if (where_ == Where::away) {
            tell_wall_clock();
            handle_frames();
        }
        if (take_event(all_here_) && (where_ == Where::arriving)) {
            arrive();
        }
        if (page_thread_ && page_thread_->has_failed() && (where_ == Where::away || where_ == Where::arriving)) {
            throw PeerError(page_thread_->error());
        }
        if (where_ == Where::away && may_discard_ && !has_discarded_) {
            discard_sent_pages();
        }
    } catch (const PeerError& error) {
        lose_peer(error.what());
    }
    for (const Command& command : control_.receive()) {
        handle_command(command);
    }
    if (where_ == Where::waiting_for_exec && std::chrono::steady_clock::now() >= end_of_waiting_for_exec_) {
        stop_waiting_for_exec();
    }
}

void HomeSupervisor::tell_wall_clock() {
    const std::int64_t ahead = wall_clock_ahead();
    if (ahead != told_wall_clock_) {
        told_wall_clock_ = ahead;
        peer_->send(WallClock{ahead});
    }
}

void HomeSupervisor::handle_stops() {
    while (tracee_ && where_ != Where::done) {
        const auto stop = is_frozen_ ? std::nullopt : tracee_->poll();
        if (!stop) {
            return;
        }
        if (where_ == Where::arriving) {
            handle_arriving(*stop);
        } else if (where_ == Where::away) {
            handle_deputy(*stop);
        } else if (where_ == Where::finishing_call) {
            handle_finishing(*stop);
        } else {
            handle_at_home(*stop);
        }
    }
}

void HomeSupervisor::handle_deputy(const Stop& stop) {
    if (const auto event = deputy_->handle(stop)) {
        handle_event(*event);
        if (event->kind == Deputy::Event::Kind::signal) {
            park_deputy();
        } else if (event->kind == Deputy::Event::Kind::proceeds && where_ == Where::away) {
            // Since it was stopped, signals may have been taken, and others are caught.
            hold_no_signals();
        }
    } else if (deputy_->has_restarted_call()) {
        set_socket_deadline();
    }
}

// NOLINTNEXTLINE(misc-no-recursion): two deep at most, as a held call is taken out before it is made
void HomeSupervisor::handle_event(const Deputy::Event& event) {
    switch (event.kind) {
        case Deputy::Event::Kind::ended:
            where_ = Where::done;
            return;
        case Deputy::Event::Kind::call_ended:
            if (!is_asked_home_ || !go_on_with_transfer(event)) {
                answer_call(event.value, event.signals);
            }
            return;
        case Deputy::Event::Kind::signal:
            for (const siginfo_t& info : event.signals) {
                send_signal(info);
            }
            return;
        case Deputy::Event::Kind::halted:
            peer_->send(Halt{});
            return;
        case Deputy::Event::Kind::proceeds:
            peer_->send(Proceed{});
            if (held_call_) {
                Call call = std::move(*held_call_);
                held_call_.reset();
                execute_call(std::move(call));
            }
            return;
    }
}

void HomeSupervisor::park_deputy() {
    if (sent_signals_.size() < max_signals_under_way) {
        deputy_->park();
    } else {
        deputy_->hold_signals();
    }
}

void HomeSupervisor::hold_no_signals() {
    if (!deputy_->holds_signals()) {
        return;
    }
    // wait_for_events() parks it.
    std::vector<Deputy::Event> events;
    deputy_->halt(events);
    deputy_->stay_stopped(events);
    for (const Deputy::Event& event : events) {
        handle_event(event);
    }
}

void HomeSupervisor::send_signal(const siginfo_t& info) {
    fallback_.reset();
    sent_signals_.push_back(info);
    peer_->send(Signal{to_bytes(info)});
}

void HomeSupervisor::forget_signals(std::uint64_t seen) {
    for (; signals_forgotten_ < seen && !sent_signals_.empty(); ++signals_forgotten_) {
        sent_signals_.pop_front();
    }
}

void HomeSupervisor::handle_frames() {
    while (where_ == Where::away) {
        const auto frame = peer_->receive();
        if (!frame) {
            return;
        }
        handle_frame(*frame);
    }
}

void HomeSupervisor::handle_frame(const Frame& frame) {
    std::vector<Deputy::Event> events;
    switch (frame.kind) {
        case MessageKind::call: {
            auto call = frame.as<Call>();
            call.request.input = input_parts_.take(std::move(call.request.input));
            if (const auto problem = refuse(agent_->abi(), call.request, max_call_area)) {
                throw PeerError("invalid forwarded system call: " + *problem);
            }
            if (deputy_->is_in_call() || held_call_) {
                throw PeerError("the peer sent a system call while another one was waiting");
            }
            if (deputy_->is_stopped()) {
                hold_call(std::move(call));
            } else {
                execute_call(std::move(call));
            }
            return;
        }
        case MessageKind::buffer_part:
            input_parts_.add(frame.as<BufferPart>());
            return;
        case MessageKind::mask: {
            const auto message = frame.as<Mask>();
            if (deputy_->is_stopped()) {
                deputy_->set_blocked(message.mask);
            } else if (!deputy_->is_in_call()) {
                deputy_->halt(events);
                deputy_->set_blocked(message.mask);
                deputy_->stay_stopped(events);
            }
            break;
        }
        case MessageKind::interrupt:
            interrupt_call(frame.as<Interrupt>().sequence);
            break;
        case MessageKind::signals_seen:
            forget_signals(frame.as<SignalsSeen>().count);
            if (sent_signals_.size() < max_signals_under_way) {
                hold_no_signals();
            }
            return;
        case MessageKind::dispositions: {
            const auto message = frame.as<Dispositions>();
            deputy_->set_dispositions(message.caught, message.ignored);
            // One that was stopped by a signal must go on standing: of the message only what is ours to know.
            if (!deputy_->is_in_call() && !deputy_->is_stopped()) {
                deputy_->halt(events);
                deputy_->set_child_action(*agent_, message.child_flags);
                deputy_->stay_stopped(events);
            }
            break;
        }
        case MessageKind::file_page: {
            auto page = frame.as<FilePage>();
            if (!file_pages_.add(page.address, std::move(page.content))) {
                throw PeerError("the peer sent an invalid file page");
            }
            return;
        }
        case MessageKind::all_here:
            handle_all_here();
            return;
        case MessageKind::processor_time:
            handle_processor_time(frame.as<ProcessorTime>().elsewhere);
            return;
        case MessageKind::coming_home:
            come_home(frame.as<ComingHome>());
            return;
        case MessageKind::recall:
            // It may be on its way to be written to a file, and was to return to that node.
            if (next_ && next_->node == last_->node) {
                next_.reset();
            }
            if (!is_asked_home_) {
                log(clusterdisc::LogLevel::info, "comes home: node " + std::to_string(last_->node) + " sends it back");
                ask_home();
            }
            return;
        case MessageKind::ended:
            end_process(ending_signal(static_cast<int>(frame.as<Ended>().status)));
            return;
        case MessageKind::refusal:
            answer_commands(peer_text(frame.as<Refusal>().reason));
            return;
        default:
            throw PeerError("unexpected message " + std::to_string(static_cast<unsigned>(frame.kind)) +
                            " from the peer");
    }
    for (const Deputy::Event& event : events) {
        handle_event(event);
    }
}

void HomeSupervisor::handle_command(const Command& command) {
    has_had_command_ = true;
    if (command.kind == Command::Kind::migrate) {
        begin_migration(command);
    } else if (command.kind == Command::Kind::home) {
        if (where_ == Where::away) {
            waiting_commands_.push_back(command);
            next_.reset();
            ask_home();
        } else if (where_ == Where::arriving) {
            next_.reset();
            waiting_commands_.push_back(command);
        } else {
            next_.reset();
            ControlChannel::answer(command, {});
        }
    } else {
        begin_checkpoint(command);
    }
}

}  // namespace openmosix
