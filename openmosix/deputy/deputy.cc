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
#include "deputy/breakpoint_stops.h"
#include "freeze/gathering.h"
#include "signals/default_action.h"
#include "signals/pending_signals.h"
#include "signals/signal_info.h"
#include "tracee/agent_code.h"
#include "tracee/call_numbers.h"
#include "tracee/kernel_result.h"
#include "words.h"

namespace openmosix {

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
    std::memcpy(action.data() + word_size(agent.abi()), &kept, word_size(agent.abi()));
    agent.write_scratch(0, action);
    agent.call("rt_sigaction", call_numbers(agent.abi()).rt_sigaction, {SIGCHLD, agent.scratch(), 0, 8});
}

void Deputy::apply_mask() {
    // The end of a call is told by SIGTRAP.
    const std::uint64_t wanted = (blocked_ | (state_ == State::holding ? caught_ : 0)) & all_signals_wait;
    if (applied_mask_ != wanted) {
        tracee_.set_signal_mask(wanted);
        applied_mask_ = wanted;
    }
}

void Deputy::start(std::int64_t number, const std::array<std::uint64_t, 6>& arguments, Entry entry) {
    progress_ = {};
    Registers registers = base_;
    registers.forget_call();
    registers.instruction_pointer() = code();
    registers.set_result(number);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        registers.argument(i) = arguments.at(i);
    }
    tracee_.set_registers(registers);
    if (entry == Entry::plain) {
        apply_mask();
        tracee_.run();
    } else {
        progress_.is_interrupted = entry == Entry::interrupted;
        enter_with_signals_blocked();
    }
}

void Deputy::write_to_area(std::uint32_t offset, std::span<const std::uint8_t> bytes) {
    if (large_area_ != nullptr) {
        large_area_->write(offset, bytes);
    } else {
        std::ranges::copy(bytes, area_.subspan(offset).begin());
    }
}

void Deputy::execute(const CallRequest& request, std::uint64_t mask, Entry entry) {
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
    state_ = State::in_call;
    start(static_cast<std::int32_t>(request.number), arguments, entry);
}

void Deputy::restart_call(std::uint64_t mask) {
    blocked_ = mask;
    state_ = State::in_call;
    start(call_numbers(base_.abi).restart_syscall, {}, Entry::plain);
}

void Deputy::interrupt_call() {
    if (!is_in_call()) {
        return;
    }
    progress_.is_interrupted = true;
    if (state_ == State::in_call && !progress_.waits_for_entry && !progress_.value) {
        tracee_.interrupt();
    }
}

CallResult Deputy::result(const CallRequest& request, std::int64_t value) const {
    if (large_area_ == nullptr) {
        return {value, gather_outputs(request, value, area_)};
    }
    return {value, gather_outputs(request, value, [this](std::uint32_t offset, std::span<std::uint8_t> bytes) {
                large_area_->read(offset, bytes);
            })};
}

void Deputy::wait_for_signals(State state) {
    state_ = state;
    start(call_numbers(base_.abi).pause, {}, Entry::plain);
}

std::uint64_t Deputy::behind_breakpoint() const {
    return code() + call_code(base_.abi).size();
}

bool Deputy::has_caught_signal_pending() const {
    return (pending_signals(tracee_.pid()) & caught_ & ~applied_mask_) != 0;
}

void Deputy::enter_with_signals_blocked() {
    progress_.waits_for_entry = true;
    tracee_.set_signal_mask(all_signals_wait);
    applied_mask_ = all_signals_wait;
    tracee_.run_to_call();
}

void Deputy::run_to_breakpoint(Registers registers) {
    registers.forget_call();
    registers.instruction_pointer() = behind_call();
    tracee_.set_registers(registers);
    tracee_.run();
}

void Deputy::leave_call(Registers registers) {
    progress_.value = registers.result();
    progress_.signals_left = max_later_signals + count_deliverable(tracee_.pid(), caught_);
    // While signals are thrown away here, the mask of a call that waits with another one (ppoll(2)) stays in force, as
    // it does when the kernel delivers one after another.
    run_to_breakpoint(registers);
}

Deputy::Event Deputy::end_call() {
    Event event{Event::Kind::call_ended, progress_.value.value_or(restart_always), std::move(progress_.signals)};
    if (event.value == -EINTR && event.signals.empty()) {
        // Interrupted by us, or by what the program does not see (see hide_interruption()).
        event.value = restart_without_handler;
    }
    progress_ = {};
    state_ = State::standing;
    return event;
}

std::optional<Deputy::Event> Deputy::handle_breakpoint(const Registers& registers) {
    if (is_waiting_for_signals()) {
        // pause() came back, which it does not.
        wait_for_signals(state_);
        return std::nullopt;
    }
    const bool may_take = !progress_.value || progress_.signals_left > 0;
    if (may_take && has_caught_signal_pending()) {
        progress_.value ? run_to_breakpoint(registers) : leave_call(registers);
        return std::nullopt;
    }
    progress_.value = progress_.value.value_or(registers.result());
    return end_call();
}

std::optional<Deputy::Event> Deputy::handle_call_signal(const Registers& registers) {
    progress_.signals.push_back(tracee_.signal_info());
    if (progress_.value) {
        // SIGTRAP comes all the same.
        progress_.signals_left -= progress_.signals_left > 0 ? 1 : 0;
        if (progress_.signals_left == 0) {
            tracee_.set_signal_mask(all_signals_wait);
            applied_mask_ = all_signals_wait;
        }
        tracee_.run();
    } else if (registers.instruction_pointer() == code()) {
        // The program has made its call; a signal that comes after that interrupts what would wait.
        progress_.is_interrupted = true;
        enter_with_signals_blocked();
    } else {
        leave_call(registers);
    }
    return std::nullopt;
}

std::optional<Deputy::Event> Deputy::handle_signal(const Stop& stop) {
    const Registers registers = tracee_.registers();
    if (stop.signal == SIGTRAP && registers.instruction_pointer() == behind_breakpoint()) {
        return handle_breakpoint(registers);
    }
    const bool is_ignored = (ignored_ >> (stop.signal - 1) & 1U) != 0;
    if (stop.signal == SIGSTOP || !is_caught(stop.signal)) {
        const bool does_nothing =
            stop.signal != SIGSTOP && (is_ignored || default_action(stop.signal) == DefaultAction::ignore);
        // The kernel does here what it would do: nothing, stop or end.
        resume(does_nothing ? 0 : stop.signal);
        return std::nullopt;
    }
    if (state_ == State::in_call) {
        return handle_call_signal(registers);
    }
    // Whoever is told of it lets it go on: asked to stop while it runs, it might take one signal after another.
    state_ = State::standing;
    return Event{Event::Kind::signal, 0, {tracee_.signal_info()}};
}

void Deputy::handle_interrupted() {
    const Registers registers = tracee_.registers();
    const std::uint64_t instruction = registers.instruction_pointer();
    if (instruction == code() && (progress_.is_interrupted || progress_.waits_for_entry)) {
        enter_with_signals_blocked();
    } else if (instruction == behind_call() && progress_.is_interrupted && !progress_.value) {
        leave_call(registers);
    } else {
        resume(0);
    }
}

void Deputy::resume(int signal) {
    const bool is_calling = state_ == State::in_call && !progress_.value;
    if (is_calling && progress_.waits_for_entry) {
        tracee_.run_to_call(signal);
        return;
    }
    Registers registers = tracee_.registers();
    if (is_calling && registers.instruction_pointer() == behind_call() && registers.result() == -EINTR) {
        // By us, or by what the program does not see: the kernel makes it again (see hide_interruption()). A signal
        // that the program catches may still be on its way.
        registers.set_result(restart_without_handler);
        tracee_.set_registers(registers);
        progress_.is_restarted = true;
    }
    if (is_calling && progress_.is_interrupted && registers.instruction_pointer() != behind_breakpoint()) {
        // Any other stop takes the place of the one that was asked for (ptrace(2), PTRACE_INTERRUPT).
        tracee_.interrupt();
    }
    tracee_.run(signal);
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
            return Event{Event::Kind::halted, 0, {}};
        case Stop::Kind::call:
            if (state_ == State::in_call && progress_.waits_for_entry) {
                progress_.waits_for_entry = false;
                apply_mask();
                if (progress_.is_interrupted) {
                    tracee_.interrupt();
                }
            }
            tracee_.run();
            return std::nullopt;
        case Stop::Kind::interrupted:
        case Stop::Kind::seccomp:
        case Stop::Kind::exec:
            break;
    }
    const bool was_stopped = state_ == State::stopped_by_signal;
    state_ = was_stopped ? before_stop_ : state_;
    if (state_ == State::in_call) {
        handle_interrupted();
    } else if (is_waiting_for_signals()) {
        resume(0);
    }
    return was_stopped ? std::optional(Event{Event::Kind::proceeds, 0, {}}) : std::nullopt;
}

void Deputy::halt(std::vector<Event>& events) {
    progress_.is_interrupted = true;
    const auto must_be_interrupted = [this] {
        return state_ != State::in_call || (!progress_.waits_for_entry && !progress_.value);
    };
    if (state_ != State::standing && must_be_interrupted()) {
        tracee_.interrupt();
    }
    while (state_ != State::standing) {
        const Stop stop = tracee_.wait();
        if (stop.kind == Stop::Kind::group) {
            // Stopped by a signal it stands as well as in any other way.
            if (is_in_call()) {
                const Registers registers = tracee_.registers();
                if (!progress_.value && registers.instruction_pointer() != code()) {
                    progress_.value = registers.result();
                }
                events.push_back(end_call());
            }
            is_left_stopped_ = true;
            state_ = State::standing;
            return;
        }
        if (stop.kind == Stop::Kind::interrupted && !is_in_call()) {
            if (state_ == State::stopped_by_signal) {
                events.push_back({Event::Kind::proceeds, 0, {}});
            }
            if (tracee_.registers().instruction_pointer() == behind_breakpoint()) {
                finish_breakpoint(tracee_);
            }
            state_ = State::standing;
            return;
        }
        if (auto event = handle(stop)) {
            const bool has_ended = event->kind == Event::Kind::ended;
            events.push_back(std::move(*event));
            if (has_ended) {
                return;
            }
        }
        if (state_ != State::standing && must_be_interrupted()) {
            // Any other stop takes the place of the one that was asked for (ptrace(2), PTRACE_INTERRUPT).
            tracee_.interrupt();
        }
    }
}

std::vector<siginfo_t> Deputy::take_pending(std::uint64_t numbers) {
    Registers registers = base_;
    registers.forget_call();
    registers.instruction_pointer() = behind_call();
    auto taken = take_signals_at_breakpoint(tracee_, registers, numbers & caught_);
    tracee_.set_signal_mask(applied_mask_);
    return taken;
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
            events.push_back({Event::Kind::signal, 0, {tracee_.signal_info()}});
        }
    }
}

}  // namespace openmosix
