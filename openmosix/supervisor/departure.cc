// SPDX-License-Identifier: GPL-2.0-or-later
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <thread>
#include <utility>

#include "body/body_state.h"
#include "clocks/read_clock.h"
#include "common/joined.h"
#include "common/log.h"
#include "control/authority.h"
#include "cpu/instruction_sets.h"
#include "freeze/call_entry.h"
#include "freeze/call_reentry.h"
#include "freeze/cant_move.h"
#include "freeze/critical_section.h"
#include "freeze/freezer.h"
#include "freeze/gathering.h"
#include "freeze/process_settings.h"
#include "freeze/stack_limit.h"
#include "kernel_interface/migration_count.h"
#include "peer/connection.h"
#include "peer/handshake.h"
#include "peer/peer_text.h"
#include "peer/time_limits.h"
#include "procfs/process_status.h"
#include "procfs/sleep_begin.h"
#include "supervisor/home_supervisor.h"
#include "tracee/call_numbers.h"
#include "tracee/process_end.h"

namespace openmosix {

namespace {

constexpr int freeze_attempts = 200;
constexpr int max_clock_questions = 16;
constexpr int vdso_attempts = 1000;

std::uint64_t own_memory(const ProcessStatus& status) {
    constexpr std::uint64_t bytes_of_kilobyte = 1024;
    return (status.anonymous_kilobytes + status.swapped_kilobytes) * bytes_of_kilobyte;
}

void must_be_without(const std::vector<std::string>& reasons) {
    if (!reasons.empty()) {
        throw std::runtime_error("it cannot move: " + clusterdisc::joined(reasons, "; "));
    }
}

void must_be_movable(pid_t pid, pid_t tracer, bool is_frozen) {
    if (has_ended(pid)) {
        throw ProcessEnded();
    }
    ProcessFacts facts = read_process_facts(pid, tracer);
    if (!is_frozen) {
        // Between vfork(2) and the child's execve(2) the parent cannot be frozen: whoever is, has got over it.
        facts.shares_memory_with = 0;
    }
    must_be_without(reasons_to_stay(facts));
}

}  // namespace

void HomeSupervisor::begin_migration(const Command& command) {
    const Destination destination{command.node, command.address, command.port, command.requester};
    const bool is_there = where_ == Where::away && last_ && last_->node == command.node;
    if (is_there) {
        ControlChannel::answer(command, {});
        return;
    }
    if (where_ != Where::at_home) {
        next_ = destination;
        waiting_commands_.push_back(command);
        if (where_ == Where::away) {
            ask_home();
        } else if (where_ == Where::finishing_call) {
            tracee_->interrupt();
        }
        return;
    }
    try {
        if (command.at_exec) {
            must_be_allowed(command.requester);
            tracee_ = std::make_unique<Tracee>(options_.pid, false);
            next_ = destination;
            where_ = Where::waiting_for_exec;
            end_of_waiting_for_exec_ = in_seconds(options_.seconds_for_exec);
        } else {
            depart(destination);
        }
        ControlChannel::answer(command, {});
    } catch (const std::exception& error) {
        ControlChannel::answer(command, error.what());
    }
}

void HomeSupervisor::must_be_allowed(const Requester& requester) const {
    const std::string objection = objection_to(requester, options_.pid);
    if (!objection.empty()) {
        throw std::runtime_error(objection);
    }
}

void HomeSupervisor::prepare_peer(const Destination& destination) {
    const auto deadline = in_seconds(seconds_to_prepare);
    auto connection = connect_to(destination.address, destination.port, deadline);
    const char purpose = 'M';
    if (::send(connection.number(), &purpose, 1, MSG_NOSIGNAL) != 1) {
        throw std::runtime_error("node " + std::to_string(destination.node) +
                                 " has closed the connection; the log of its omd may say why");
    }
    PeerConnection about{.purpose = migration_purpose,
                         .own_node = static_cast<clusterdisc::NodeId>(options_.node),
                         .peer_node = static_cast<clusterdisc::NodeId>(destination.node)};
    about.session = authenticate_as_client(connection.number(), keys_, about, deadline);
    peer_ = std::make_unique<MessageSocket>(std::move(connection));

    // Within execve(2) there is none for a moment.
    auto vdso = read_vdso(options_.pid);
    for (int attempt = 0; !vdso && attempt < vdso_attempts; ++attempt) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        vdso = read_vdso(options_.pid);
    }
    if (!vdso) {
        // One that has ended has none either.
        must_be_movable(options_.pid, tracee_ ? ::getpid() : 0, false);
        throw std::runtime_error("it cannot move: it has no vDSO (boot parameter vdso=0?)");
    }
    vdso_ = *vdso;
    Prepare prepare;
    prepare.abi = vdso_.abi();
    prepare.kernel = sizeof(void*) == 4 ? Abi::i386 : Abi::amd64;
    prepare.cpu_features = cpu_features().names;
    prepare.vdso_hash = vdso_.hash();
    prepare.home = options_.node;
    prepare.pid = static_cast<std::uint32_t>(options_.pid);
    prepare.name = state_.name;
    prepare.uid = state_.uid;
    prepare.stack_limit = stack_limit_of(options_.pid);
    prepare.memory = own_memory(read_process_status(options_.pid));
    peer_->send(prepare);
    Frame frame = peer_->receive_until(deadline);
    for (int questions = 0; frame.kind == MessageKind::clock_question && questions < max_clock_questions; ++questions) {
        const std::int64_t now = read_clock(CLOCK_MONOTONIC);
        peer_->send(ClockAnswer{now, read_clock(CLOCK_BOOTTIME)});
        frame = peer_->receive_until(deadline);
        if (frame.kind == MessageKind::clock_question) {
            state_.costs.answered(read_clock(CLOCK_MONOTONIC) - now);
        }
    }
    if (frame.kind == MessageKind::refusal) {
        throw std::runtime_error("node " + std::to_string(destination.node) +
                                 " refuses: " + peer_text(frame.as<Refusal>().reason));
    }
    const auto prepared = frame.as<Prepared>();
    pages_ = connect_to(destination.address, prepared.page_port, deadline);
    about.purpose = pages_purpose;
    authenticate_as_client(pages_.number(), keys_, about, deadline);
    prepare_page_connection(pages_.number());
    page_reader_ = PageReader();
    max_pages_ahead_ = prepared.held_pages;
}

void HomeSupervisor::freeze_process() {
    for (int attempt = 0; attempt < freeze_attempts; ++attempt) {
        switch (freeze(*tracee_, vdso_)) {
            case Frozen::yes: {
                const auto vdso = read_vdso(options_.pid);
                if (vdso && vdso->start == vdso_.start) {
                    is_frozen_ = true;
                    return;
                }
                // It has started another program since we looked.
                if (vdso && vdso->abi() != vdso_.abi()) {
                    throw std::runtime_error("it cannot move now: it has just started a program of another kind, " +
                                             std::string(to_string(vdso->abi())) + "; try again");
                }
                vdso_ = vdso.value_or(vdso_);
                tracee_->run();
                break;
            }
            case Frozen::ended:
                where_ = Where::done;
                throw ProcessEnded();
            case Frozen::stopped:
                throw std::runtime_error("it cannot move: stopped by a signal; continue it first (kill -CONT " +
                                         std::to_string(options_.pid) + ")");
            case Frozen::busy:
                break;
        }
    }
    throw std::runtime_error("it cannot move now: it reads clocks or takes signals all the time; try again");
}

void HomeSupervisor::take_image(bool& has_image) {
    // One of an earlier stay elsewhere has no area any more.
    agent_.reset();
    memory_ = std::make_unique<MemoryFile>(options_.pid);
    const std::uint64_t mask = tracee_->signal_mask();
    Registers frozen = movable_registers(*tracee_, waits_for_call_);
    leave_call_entry(vdso_, *memory_, frozen);
    image_.thread.registers = frozen;
    image_.signals.blocked = mask;
    has_image = true;
    leave_critical_section(*memory_, options_.pid, frozen);
    forwarding_ = ForwardingMemory(*tracee_, frozen);
    tracee_->set_signal_mask(mask);
    agent_ = std::make_unique<Agent>(*tracee_, *memory_, frozen, forwarding_.address());
    image_ = gather_image(*tracee_, *agent_, frozen, std::exchange(known_attributes_, {}));
    image_.signals.blocked = mask;
    must_be_without(settings_that_do_not_move(*tracee_, *agent_));
}

void HomeSupervisor::stay_at_home(bool has_image) {
    if (has_image) {
        resume_here(image_, nullptr);
        return;
    }
    is_frozen_ = false;
    release_process();
    where_ = Where::at_home;
    write_state("home");
}

void HomeSupervisor::resume_here(const ProcessImage& image, const std::vector<siginfo_t>* of_deputy) {
    // Where something here fails because the process was killed, its end is still to be seen.
    is_frozen_ = false;
    source_.reset();
    sink_.reset();
    if (of_deputy != nullptr) {
        restore_state(image, *of_deputy);
    } else if (agent_ && !image.thread.cpu_timers.front().empty()) {
        start_timers(*agent_, image.thread);
    }
    tracee_->set_signal_mask(image.signals.blocked);
    if (forwarding_.is_mapped()) {
        leave_area(image.thread.registers);
    } else if (!settle(*tracee_, image.thread.registers)) {
        where_ = Where::done;
        return;
    }
    peer_.reset();
    pages_ = clusterdisc::FileDescriptor();
    deputy_.reset();
    agent_.reset();
    tracee_->release();
    tracee_.reset();
    where_ = Where::at_home;
    write_state("home");
}

void HomeSupervisor::depart(const Destination& destination) {
    must_be_allowed(destination.requester);
    must_be_movable(options_.pid, tracee_ ? ::getpid() : 0, false);
    {
        const ProcessStatus status = read_process_status(options_.pid);
        state_.name = status.name;
        state_.uid = status.users[0];
    }
    begin_account();
    prepare_peer(destination);
    // While it runs: it takes as long as its memory is large. Before any of its memory is sent.
    auto map = read_detailed_map(options_.pid);
    must_be_without(reasons_to_stay(map));
    KnownPages known = copy_ahead(map, destination.requester);
    if (!tracee_) {
        tracee_ = std::make_unique<Tracee>(options_.pid, false);
    }
    write_state("moving");
    bool has_image = false;
    try {
        if (sent_ahead_.bytes != 0) {
            // The process has run on while its memory was copied.
            map = read_detailed_map(options_.pid);
            must_be_without(reasons_to_stay(map));
        }
        known_attributes_ = KnownAttributes(map);
        const auto sleep = find_sleep_begin(options_.pid);
        const std::int64_t stopped = read_clock(CLOCK_MONOTONIC);
        freeze_process();
        waiting_since_.reset();
        if (sleep && is_waiting_call(tracee_->registers()) && was_stopped_in(*sleep, options_.pid)) {
            waiting_since_ = sleep->begin;
        }
        must_be_allowed(destination.requester);
        must_be_movable(options_.pid, ::getpid(), true);
        take_image(has_image);
        const auto id = static_cast<id_t>(options_.pid);
        told_wall_clock_ = wall_clock_ahead();
        peer_->send(Arrive{image_, read_monotonic(), told_wall_clock_, waits_for_call_, ::getpriority(PRIO_PROCESS, id),
                           stack_limit_of(options_.pid),
                           static_cast<std::uint8_t>(::sched_getscheduler(options_.pid) & ~SCHED_RESET_ON_FORK),
                           time_at_home(), account_.used(), account_.counted()});
        sent_attributes_ = KnownAttributes(image_.ranges);
        source_ = std::make_unique<PageSource>(options_.pid, pages_.number(), page_reader_,
                                               page_plan(image_, std::move(known)));
        // The other side ends when it cannot get a page, and tells us.
        has_gone_ = false;
        page_thread_ = std::make_unique<PageThread>([this](int stop) { return send_pages(stop); },
                                                    [this] { ::shutdown(pages_.number(), SHUT_RDWR); });
        const Frame frame = peer_->receive_until(in_seconds(seconds_to_build));
        if (frame.kind == MessageKind::refusal) {
            throw std::runtime_error("node " + std::to_string(destination.node) +
                                     " refuses: " + peer_text(frame.as<Refusal>().reason));
        }
        static_cast<void>(frame.as<Ready>());
        tracee_->set_with_us(true);
        peer_->send(Go{});
        has_gone_ = true;
        state_.costs.departed(read_clock(CLOCK_MONOTONIC) - stopped);
    } catch (const std::exception&) {
        page_thread_.reset();
        peer_.reset();
        if (where_ == Where::done) {
            throw;
        }
        stay_at_home(has_image);
        throw;
    }
    try {
        begin_deputy(destination);
    } catch (const std::exception& error) {
        // The body runs already: there must not be two of it.
        where_ = Where::away;
        static_cast<void>(lose_process(error.what()));
        throw;
    }
}

void HomeSupervisor::begin_deputy(const Destination& destination) {
    deputy_ = std::make_unique<Deputy>(*tracee_, forwarding_.forwarding_area());
    deputy_->begin(*agent_, image_);
    is_frozen_ = false;
    fallback_ = image_;
    file_pages_.expect(image_);
    mapped_files_.set(options_.pid, image_.ranges);
    may_discard_ = false;
    sent_signals_.clear();
    signals_forgotten_ = 0;
    input_parts_ = BufferParts();
    large_area_.reset();
    has_discarded_ = false;
    left_at_ = read_clock(CLOCK_MONOTONIC);
    last_ = destination;
    where_ = Where::away;
    // An earlier supervisor may have counted before.
    state_.moves = std::max<std::uint64_t>(state_.moves, kernel::read_migration_count(options_.pid)) + 1;
    write_state("away");
    if (waits_for_call_) {
        is_restarted_call_ = true;
        remember_restarted_outputs();
        sequence_ = 0;
        deputy_->restart_call(image_.signals.blocked);
    } else {
        is_restarted_call_ = false;
        deputy_->park();
    }
}

}  // namespace openmosix
