// SPDX-License-Identifier: GPL-2.0-or-later
#include "deputy/deputy.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <stdexcept>

#include "body/body_state.h"
#include "calls/result_gathering.h"
#include "freeze/gathering.h"
#include "signals/default_action.h"
#include "signals/queue_signal.h"
#include "signals/signal_info.h"
#include "tracee/agent_code.h"
#include "tracee/call_numbers.h"
#include "tracee/kernel_result.h"
#include "words.h"

namespace openmosix {

namespace {

constexpr std::size_t flags_place(Abi abi) {
    return word_size(abi);
}

}  // namespace

void Deputy::begin(Agent& agent, const ProcessImage& image) {
    agent_address_ = agent.address();
    base_ = image.thread.registers;
    blocked_ = image.signals.blocked;
    applied_mask_ = blocked_;
    caught_ = 0;
    ignored_ = 0;
    for (const ImageAction& action : image.signals.actions) {
        std::uint64_t handler = 0;
        std::memcpy(&handler, action.action.data(), word_size(agent.abi()));
        const std::uint64_t bit = std::uint64_t{1} << (action.signal - 1U);
        (handler == 1 ? ignored_ : caught_) |= handler == 0 ? 0 : bit;
    }
    std::vector<InjectedCall> calls;
    if (image.thread.rseq_size != 0) {
        calls.push_back(rseq_call(agent.abi(), image.thread, false));
    }
    agent.run(calls);
    // Whatever arrives is told to us before it does anything; nothing of the program runs here. What would be ignored
    // by default stays as it is: by setting such a default, signals that wait are thrown away (kernel/signal.c,
    // do_sigaction()).
    std::vector<ImageAction> kept;
    std::ranges::copy_if(image.signals.actions, std::back_inserter(kept), [](const ImageAction& action) {
        return default_action(action.signal) == DefaultAction::ignore;
    });
    set_actions(tracee_, agent, kept);
    state_ = State::standing;
}

void Deputy::set_child_action(Agent& agent, std::uint64_t flags) {
    const bool ignores = (ignored_ >> (SIGCHLD - 1) & 1U) != 0;
    constexpr std::uint64_t of_children = SA_NOCLDSTOP | SA_NOCLDWAIT;
    Bytes action(agent.abi() == Abi::i386 ? 20 : 32);
    // A handler that is never called, as the default would throw away what waits.
    const std::uint64_t handler = is_caught(SIGCHLD) ? code() : (ignores ? 1 : 0);
    std::memcpy(action.data(), &handler, word_size(agent.abi()));
    const std::uint64_t kept = flags & of_children;
    std::memcpy(action.data() + flags_place(agent.abi()), &kept, word_size(agent.abi()));
    agent.write_scratch(0, action);
    agent.call("rt_sigaction", call_numbers(agent.abi()).rt_sigaction, {SIGCHLD, agent.scratch(), 0, 8});
}

void Deputy::set_blocked(std::uint64_t mask) {
    blocked_ = mask;
}

void Deputy::apply_mask() {
    // The end of a call is told by SIGTRAP.
    const std::uint64_t wanted = blocked_ & all_signals_wait;
    if (applied_mask_ != wanted) {
        tracee_.set_signal_mask(wanted);
        applied_mask_ = wanted;
    }
}

void Deputy::forget_waiting_mask() {
    // Of a call that waits with another mask (ppoll(2)) the kernel looks for further signals with that one before it
    // puts the program's in its place.
    tracee_.set_signal_mask(applied_mask_);
}

void Deputy::start(std::int64_t number, const std::array<std::uint64_t, 6>& arguments) {
    held_.clear();
    sent_again_.clear();
    apply_mask();
    Registers registers = base_;
    registers.forget_call();
    registers.instruction_pointer() = code();
    registers.set_result(number);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        registers.argument(i) = arguments.at(i);
    }
    tracee_.set_registers(registers);
    tracee_.run();
}

void Deputy::write_to_area(std::uint32_t offset, std::span<const std::uint8_t> bytes) {
    if (large_area_ != nullptr) {
        large_area_->write(offset, bytes);
    } else {
        std::ranges::copy(bytes, area_.subspan(offset).begin());
    }
}

void Deputy::execute(const CallRequest& request, std::uint64_t mask) {
    blocked_ = mask;
    const std::uint64_t area =
        large_area_ != nullptr ? large_area_->address() : agent_address_ + agent_area::forwarding_offset;
    write_to_area(0, request.input);
    std::array<std::uint64_t, 6> arguments = request.arguments;
    for (const CallRequest::Relocation& relocation : request.relocations) {
        const std::uint64_t pointer = area + relocation.target;
        if (relocation.is_argument) {
            arguments.at(relocation.place) = pointer;
        } else {
            write_to_area(relocation.place, to_words({pointer}, word_size(base_.abi)));
        }
    }
    start(static_cast<std::int32_t>(request.number), arguments);
    state_ = State::in_call;
}

void Deputy::restart_call(std::uint64_t mask) {
    blocked_ = mask;
    start(call_numbers(base_.abi).restart_syscall, {});
    state_ = State::in_call;
}

CallResult Deputy::result(const CallRequest& request, std::int64_t value) const {
    if (large_area_ == nullptr) {
        return {value, gather_outputs(request, value, area_)};
    }
    return {value, gather_outputs(request, value, [this](std::uint32_t offset, std::span<std::uint8_t> bytes) {
                large_area_->read(offset, bytes);
            })};
}

void Deputy::park() {
    start(call_numbers(base_.abi).pause, {});
    state_ = State::parked;
}

std::optional<Deputy::Event> Deputy::handle_signal(const Stop& stop) {
    const Registers registers = tracee_.registers();
    const std::uint64_t after = code() + 2;
    const std::uint64_t breakpoint = code() + call_code(base_.abi).size();
    if (stop.signal == SIGTRAP && registers.instruction_pointer() == breakpoint) {
        if (state_ == State::parked) {
            // pause() came back, which it does not: park again.
            park();
            return std::nullopt;
        }
        state_ = State::standing;
        return Event{Event::Kind::call_ended, true, registers.result(), {}};
    }
    const bool is_caught_by_program = is_caught(stop.signal);
    const bool is_ignored = (ignored_ >> (stop.signal - 1) & 1U) != 0;
    const DefaultAction action = default_action(stop.signal);
    if (stop.signal == SIGSTOP || !is_caught_by_program) {
        const bool does_nothing = stop.signal != SIGSTOP && (is_ignored || action == DefaultAction::ignore);
        // The kernel does here what it would do: nothing, stop or end.
        go_on(does_nothing ? 0 : stop.signal);
        return std::nullopt;
    }
    Event event;
    event.kind = Event::Kind::signal;
    event.info = tracee_.signal_info();
    event.was_in_call = state_ == State::in_call;
    if (event.was_in_call && registers.instruction_pointer() == code()) {
        hold_until_entry(event.info);
        return std::nullopt;
    }
    const auto known = std::ranges::find(sent_again_, stop.signal, &siginfo_t::si_signo);
    if (known != sent_again_.end()) {
        event.info = *known;
        sent_again_.erase(known);
    }
    event.value = registers.instruction_pointer() == after ? registers.result() : restart_always;
    if (event.was_in_call) {
        forget_waiting_mask();
    }
    state_ = State::standing;
    return event;
}

void Deputy::hold_until_entry(const siginfo_t& info) {
    // The program has made its call; a signal that comes after that interrupts what would wait. So it comes again when
    // the call has begun here, too.
    held_.push_back(info);
    tracee_.run_to_call();
}

void Deputy::finish_breakpoint() {
    bool is_stop_kept = false;
    tracee_.run();
    for (;;) {
        const Stop stop = tracee_.wait();
        if (stop.kind == Stop::Kind::ended || (stop.kind == Stop::Kind::signal && stop.signal == SIGTRAP)) {
            break;
        }
        is_stop_kept = is_stop_kept || (stop.kind == Stop::Kind::signal && stop.signal == SIGSTOP);
        tracee_.run();
    }
    if (is_stop_kept) {
        stop_again(tracee_.pid());
    }
}

void Deputy::go_on(int signal) {
    Registers registers = tracee_.registers();
    if (state_ == State::in_call && registers.instruction_pointer() == code() + 2 && registers.result() == -EINTR) {
        // By us, or by what the program does not see: the kernel makes it again (see hide_interruption()). A signal
        // that the program catches may still be on its way.
        registers.set_result(restart_without_handler);
        tracee_.set_registers(registers);
    }
    if (held_.empty()) {
        tracee_.run(signal);
    } else {
        tracee_.run_to_call(signal);
    }
}

std::optional<Deputy::Event> Deputy::handle(const Stop& stop) {
    switch (stop.kind) {
        case Stop::Kind::ended:
            return Event{};
        case Stop::Kind::signal:
            return handle_signal(stop);
        case Stop::Kind::group:
            before_stop_ = state_ == State::stopped_by_signal ? before_stop_ : state_;
            state_ = State::stopped_by_signal;
            tracee_.listen();
            return Event{Event::Kind::halted, false, 0, {}};
        case Stop::Kind::call:
            for (const siginfo_t& info : held_) {
                queue_signal(tracee_.pid(), info);
                sent_again_.push_back(info);
            }
            held_.clear();
            tracee_.run();
            return std::nullopt;
        case Stop::Kind::interrupted:
        case Stop::Kind::seccomp:
        case Stop::Kind::exec:
            break;
    }
    if (state_ != State::stopped_by_signal) {
        go_on(0);
        return std::nullopt;
    }
    state_ = before_stop_;
    if (state_ != State::standing) {
        go_on(0);
    }
    return Event{Event::Kind::proceeds, false, 0, {}};
}

void Deputy::break_off(const Registers& registers, std::vector<Event>& events) {
    forget_waiting_mask();
    Event event{Event::Kind::call_ended, true, restart_always, {}};
    const bool is_at_breakpoint = registers.instruction_pointer() == code() + call_code(base_.abi).size();
    const bool is_over = is_at_breakpoint || registers.instruction_pointer() == code() + 2;
    if (is_over) {
        event.value = registers.result() == -EINTR ? restart_without_handler : registers.result();
    }
    if (!held_.empty()) {
        // The call had not begun.
        event.kind = Event::Kind::signal;
        event.info = held_.front();
    }
    events.push_back(event);
    for (std::size_t i = 1; i < held_.size(); ++i) {
        events.push_back({Event::Kind::signal, false, 0, held_.at(i)});
    }
    held_.clear();
}

bool Deputy::has_signal_to_take() const {
    if (sent_again_.empty() && state_ != State::in_call) {
        return false;
    }
    const std::uint64_t coming = read_dispositions(tracee_.pid()).coming();
    if (state_ == State::in_call && (coming & caught_) != 0) {
        // The call itself may have sent it (tgkill(2)): its handler runs before the program goes on behind the call.
        return true;
    }
    return std::ranges::any_of(sent_again_,
                               [&](const siginfo_t& info) { return (coming >> (info.si_signo - 1) & 1U) != 0; });
}

void Deputy::halt(std::vector<Event>& events) {
    if (state_ == State::standing) {
        return;
    }
    tracee_.interrupt();
    while (state_ != State::standing) {
        const Stop stop = tracee_.wait();
        if (stop.kind == Stop::Kind::group || (stop.kind == Stop::Kind::interrupted && !has_signal_to_take())) {
            const Registers registers = tracee_.registers();
            // Stopped by a signal it stands as well as in any other way.
            const State doing = state_ == State::stopped_by_signal ? before_stop_ : state_;
            if (doing == State::in_call) {
                break_off(registers, events);
            }
            if (registers.instruction_pointer() == code() + call_code(base_.abi).size() &&
                stop.kind == Stop::Kind::interrupted) {
                finish_breakpoint();
            }
            is_left_stopped_ = stop.kind == Stop::Kind::group;
            state_ = State::standing;
            return;
        }
        if (stop.kind == Stop::Kind::interrupted) {
            // It comes first: of what it has been sent again only we know what that is about.
            tracee_.run();
            continue;
        }
        if (auto event = handle(stop)) {
            events.push_back(*event);
            if (event->kind == Event::Kind::ended) {
                return;
            }
        }
        if (state_ != State::standing) {
            // Any other stop takes the place of the one that was asked for (ptrace(2), PTRACE_INTERRUPT).
            tracee_.interrupt();
        }
    }
}

void Deputy::stay_stopped(std::vector<Event>& events) {
    if (!is_left_stopped_) {
        return;
    }
    is_left_stopped_ = false;
    Registers registers = base_;
    registers.forget_call();
    registers.instruction_pointer() = code();
    tracee_.set_registers(registers);
    for (;;) {
        tracee_.interrupt();
        tracee_.run();
        const Stop stop = tracee_.wait();
        if (stop.kind == Stop::Kind::interrupted) {
            // SIGCONT has come meanwhile.
            return;
        }
        if (stop.kind == Stop::Kind::ended || stop.kind == Stop::Kind::group) {
            events.push_back(*handle(stop));
            return;
        }
        if (stop.kind == Stop::Kind::signal && is_caught(stop.signal)) {
            events.push_back({Event::Kind::signal, false, 0, tracee_.signal_info()});
        }
    }
}

}  // namespace openmosix
