// SPDX-License-Identifier: GPL-2.0-or-later
#include "supervisor/guest_supervisor.h"

#include <poll.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "clocks/clock_difference.h"
#include "clocks/read_clock.h"
#include "freeze/call_reentry.h"
#include "freeze/gathering.h"
#include "image/image_check.h"
#include "image/mapping_attributes.h"
#include "peer/child_report.h"
#include "peer/connection.h"
#include "peer/handshake.h"
#include "peer/peer_text.h"
#include "peer/time_limits.h"
#include "signals/child_signal.h"
#include "signals/default_action.h"
#include "signals/queue_signal.h"

namespace openmosix {

namespace {

constexpr int clock_questions = 8;
constexpr int lowest_priority = 19;

/// The program's own RLIMIT_SIGPENDING holds at home, where they are sent.
constexpr std::size_t max_signals_that_wait = 65536;

/// A guest is never preferred to what belongs here.
void set_scheduling(pid_t pid, const Arrive& arrive) {
    const auto policy = static_cast<int>(arrive.scheduling);
    if (policy != SCHED_OTHER && policy != SCHED_BATCH && policy != SCHED_IDLE) {
        throw PeerError("invalid scheduling policy from home");
    }
    const sched_param none{};
    const auto nice = static_cast<int>(std::clamp<std::int64_t>(arrive.nice, 0, lowest_priority));
    if (::sched_setscheduler(pid, policy, &none) != 0 ||
        ::setpriority(PRIO_PROCESS, static_cast<id_t>(pid), nice) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot set a guest's scheduling");
    }
}

/// Kills this process whenever it is called, and no other that has got its number.
std::function<void()> killer_of(pid_t pid) {
    const auto process =
        std::make_shared<clusterdisc::FileDescriptor>(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!process->is_open()) {
        throw std::system_error(errno, std::generic_category(), "the body cannot be watched");
    }
    return [process] { ::syscall(SYS_pidfd_send_signal, process->number(), SIGKILL, nullptr, 0); };
}

}  // namespace

GuestSupervisor::GuestSupervisor(GuestOptions options, const clusterdisc::KeyRing& keys)
    : options_(std::move(options)), keys_(keys), all_here_(make_event()), sent_(max_signals_that_wait) {
    catch_child_signal();
}

GuestSupervisor::~GuestSupervisor() {
    // The body first: its faults are answered as long as it lives.
    if (body_) {
        body_->kill();
    }
    page_thread_.reset();
}

ClockOffsets GuestSupervisor::ask_clocks(Deadline deadline) {
    ClockOffsets best;
    std::int64_t shortest = std::numeric_limits<std::int64_t>::max();
    for (int question = 0; question < clock_questions; ++question) {
        const std::int64_t asked = read_clock(CLOCK_MONOTONIC);
        home_->send(ClockQuestion{});
        const auto answer = home_->receive_until(deadline).as<ClockAnswer>();
        const std::int64_t took = read_clock(CLOCK_MONOTONIC) - asked;
        if (!is_uptime(answer.monotonic) || !is_uptime(answer.boottime)) {
            throw PeerError("clock reading from home is out of range");
        }
        if (took < shortest) {
            shortest = took;
            // At least so late it is at home: never more, or clocks would go back when the process is there again.
            best.monotonic = answer.monotonic - (asked + took);
            best.boottime = answer.boottime - read_clock(CLOCK_BOOTTIME);
        }
    }
    return best;
}

void GuestSupervisor::receive_guest() {
    const auto deadline = in_seconds(seconds_to_prepare);
    PeerConnection connection{.purpose = migration_purpose,
                              .own_node = static_cast<clusterdisc::NodeId>(options_.node),
                              .peer_node = static_cast<clusterdisc::NodeId>(options_.peer_node)};
    connection.session = authenticate_as_server(options_.socket, keys_, connection, deadline);
    home_ = std::make_unique<MessageSocket>(clusterdisc::FileDescriptor(options_.socket));
    try {
        prepare_ = understand(home_->receive_until(deadline));
        prepare_.name = peer_text(prepare_.name);
        check(prepare_);
        const ClockOffsets clocks = ask_clocks(deadline);
        body_ = std::make_unique<Body>(prepare_.abi, options_.confinement, clocks, prepare_.stack_limit);
        if (body_->vdso().hash() != prepare_.vdso_hash) {
            throw std::runtime_error("another kernel version than at home: its vDSO differs");
        }
        const SecondDoor door(home_->number());
        auto held = std::make_shared<HeldPages>(max_held_pages());
        home_->send(Prepared{door.port(), static_cast<std::uint32_t>(body_->pid()), held->max_pages()});
        pages_ = door.accept(deadline);
        connection.purpose = pages_purpose;
        authenticate_as_server(pages_.number(), keys_, connection, deadline);
        prepare_page_connection(pages_.number());

        const auto arrive = receive_after_pages(*held).as<Arrive>();
        image_ = arrive.image;
        if (const auto problem = check_image(image_, {prepare_.abi, lowest_mappable_address()})) {
            throw std::runtime_error("invalid image: it has " + *problem);
        }
        auto faults = body_->build(image_);
        sink_ = std::make_unique<PageSink>(WatchedMemory(std::move(faults)), pages_.number(), page_reader_);
        PageRanges all;
        for (const ImageRange& range : image_.ranges) {
            all.add(range.start, range.end);
            if (range.content == ImageRange::Content::file) {
                files_.add(range.start, range.end);
                sink_->watch_for_changes({range.start, range.end});
            } else if ((range.attributes & mapping_attribute::droppable) == 0) {
                mapped_as_before_.add(range.start, range.end);
            }
            if ((range.attributes & mapping_attribute::grows_down) != 0) {
                sink_->keep_watching({range.start, range.end});
            }
            if (range.attributes != 0) {
                with_attributes_.add(range.start, range.end);
            }
        }
        for (const PageRange& range : all.all()) {
            sink_->watch(range, all);
        }
        sink_->hold(std::move(held));
        sink_->remember_pages();
        // We may be waiting for the body, and it for a page.
        page_thread_ = std::make_unique<PageThread>(
            [this](int stop) { return sink_->run(stop, [this] { raise_event(all_here_); }); }, killer_of(body_->pid()));
        body_->limit_stack(arrive.stack_limit);
        body_->finish(image_, options_.confinement);
        set_scheduling(body_->pid(), arrive);
        told_mask_ = image_.signals.blocked;
        if (!is_uptime(arrive.monotonic)) {
            throw PeerError("clock reading from home is out of range");
        }
        monotonic_ahead_ = clocks.monotonic;
        set_wall_clock(arrive.wall_clock_ahead);
        time_ = GuestTime(arrive.time_at_home, arrive.elsewhere, arrive.counted);
        time_reports_ = TimeReports(arrive.elsewhere, std::chrono::steady_clock::now());
        brk_ = image_.layout.brk;
        // Never show the program an earlier time than it saw, also not on the clock that lags.
        const auto early = [&] {
            return time_to_catch_up(arrive.monotonic, read_monotonic() + clocks.monotonic, max_drift(0));
        };
        for (std::int64_t wait = early(); wait != 0; wait = early()) {
            if (wait < 0) {
                throw PeerError("inconsistent clock readings from home");
            }
            std::this_thread::sleep_for(std::chrono::nanoseconds(wait));
        }
        memory_ = std::make_unique<BodyMemory>(body_->pid());
        state_file_ = std::make_unique<StateFile>(options_.run_folder + "/guests", body_->pid());
        write_state("guest");
        report_arrival({.home = connection.peer_node, .pid = static_cast<pid_t>(prepare_.pid)});
        report_nothing_more();
        open_control();
        at_call_ = image_.thread.registers;
        state_ = State::ready;
        home_->send(Ready{});
        static_cast<void>(home_->receive_until(in_seconds(seconds_to_build)).as<Go>());
        if (arrive.waits_for_call) {
            state_ = State::in_call;
            sequence_ = 0;
            return;
        }
        if (is_interrupted_call(image_.thread.registers) && !reenter_call(body_->tracee(), image_.thread.registers)) {
            throw std::runtime_error("the body ended before it ran");
        }
        is_continued_ = is_interrupted_call(image_.thread.registers);
    } catch (const PeerError&) {
        throw;
    } catch (const std::exception& error) {
        home_->send(Refusal{error.what()});
        throw;
    }
    go();
}

void GuestSupervisor::write_state(const std::string& state) {
    state_file_->write({.name = prepare_.name,
                        .uid = prepare_.uid,
                        .home = prepare_.home,
                        .home_pid = prepare_.pid,
                        .node = options_.node,
                        .state = state,
                        .reason = {},
                        .moves = 0,
                        .calls = sequence_,
                        .elsewhere = std::nullopt,
                        .costs = {}});
}

void GuestSupervisor::serve() {
    receive_guest();
    // First what came together with the last message that was waited for.
    handle_events();
    while (state_ != State::done) {
        wait_for_events();
        handle_events();
    }
}

void GuestSupervisor::go() {
    state_ = State::running;
    if (is_halted_) {
        wants_to_run_ = true;
        return;
    }
    time_reports_.body_runs();
    body_->tracee().run();
}

void GuestSupervisor::wait_for_events() {
    if (state_ == State::in_call && home_->wait_briefly()) {
        return;
    }
    std::vector<pollfd> waits{{page_thread_->finished(), POLLIN, 0}, {all_here_.number(), POLLIN, 0}};
    if (home_) {
        waits.push_back({home_->number(), POLLIN, 0});
    }
    for (const int descriptor : control_ ? control_->descriptors() : std::vector<int>()) {
        waits.push_back({descriptor, POLLIN, 0});
    }
    poll_with_child_signal(waits, time_to_tell());
}

void GuestSupervisor::handle_events() {
    if (take_event(all_here_) && state_ != State::gone_home) {
        home_->send(AllHere{});
    }
    handle_commands();
    if (page_thread_->has_failed()) {
        if (state_ == State::gone_home) {
            state_ = State::done;
            return;
        }
        throw PeerError(page_thread_->error());
    }
    tell_processor_time_when_due();
    while (state_ == State::running || state_ == State::in_call) {
        const auto stop = body_->tracee().poll();
        if (!stop) {
            break;
        }
        handle_stop(*stop);
    }
    try {
        while (state_ != State::done && home_) {
            const auto frame = home_->receive();
            if (!frame) {
                return;
            }
            handle_frame(*frame);
        }
    } catch (const PeerError&) {
        if (state_ != State::gone_home) {
            throw;
        }
        // Pages go their own way, and home closes that when it has everything.
        home_.reset();
    }
}

void GuestSupervisor::handle_stop(const Stop& stop) {
    switch (stop.kind) {
        case Stop::Kind::ended:
            if (page_thread_->has_failed() && WIFSIGNALED(stop.status) && WTERMSIG(stop.status) == SIGKILL) {
                // By our own page thread.
                throw PeerError(page_thread_->error());
            }
            tell_processor_time(any_time);
            home_->send(Ended{static_cast<std::uint32_t>(stop.status)});
            state_ = State::done;
            return;
        case Stop::Kind::seccomp:
            handle_call();
            return;
        case Stop::Kind::signal:
            handle_signal_stop(stop.signal);
            return;
        case Stop::Kind::group:
        case Stop::Kind::interrupted:
        case Stop::Kind::call:
        case Stop::Kind::exec:
            go();
            return;
    }
}

void GuestSupervisor::handle_frame(const Frame& frame) {
    if (state_ == State::gone_home) {
        // It crossed the process on the way; home knows how much of it came in time (ComingHome::signals_seen).
        return;
    }
    switch (frame.kind) {
        case MessageKind::result:
            handle_result(frame.as<Result>());
            return;
        case MessageKind::buffer_part:
            output_parts_.add(frame.as<BufferPart>());
            return;
        case MessageKind::signal:
            handle_signal(frame.as<Signal>());
            return;
        case MessageKind::halt:
            if (!is_halted_) {
                is_halted_ = true;
                halt_body();
            }
            return;
        case MessageKind::proceed:
            is_halted_ = false;
            if (wants_to_run_) {
                wants_to_run_ = false;
                go();
            }
            return;
        case MessageKind::wall_clock:
            set_wall_clock(frame.as<WallClock>().ahead);
            return;
        case MessageKind::time_counted:
            time_.set_counted(frame.as<TimeCounted>().counted);
            return;
        case MessageKind::over:
            state_ = State::done;
            return;
        case MessageKind::come_home:
            is_called_home_ = true;
            if (state_ == State::running || is_waiting_for_sleep()) {
                go_home();
            }
            return;
        default:
            throw PeerError("unexpected message " + std::to_string(static_cast<unsigned>(frame.kind)) + " from home");
    }
}

}  // namespace openmosix
