// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "calls/call_request.h"
#include "clocks/vdso.h"
#include "deputy/large_area.h"
#include "image/process_image.h"
#include "tracee/agent.h"
#include "tracee/tracee.h"

namespace openmosix {

/// The original process at home while its program runs elsewhere: it executes the calls that the program makes, in its
/// own name, and takes the signals that are meant for the program.
///
/// The kernel here decides how a call ends. All signals that it would have delivered before the program had gone on
/// behind the call are reported together with the call's end, in the kernel's order, each with its own siginfo: no
/// signal is taken out and queued again. Of those that come while these are taken, as of a fast timer, only
/// max_later_signals are.
class Deputy {
public:
    /// What happened to it that concerns the program.
    struct Event {
        enum class Kind : std::uint8_t {
            /// The call that execute() began is over: `value`, and `signals` that came before.
            call_ended,
            /// A signal came that the program catches, outside of calls: `signals` has one. The deputy stands then.
            signal,
            /// It was stopped, or resumes after that.
            halted,
            proceeds,
            /// It is gone: killed, or it called exit.
            ended,
        };
        Kind kind = Kind::ended;
        /// As the kernel left it; -516 to -512 (include/linux/errno.h) when the call was interrupted. -EINTR comes only
        /// with signals.
        std::int64_t value = 0;
        std::vector<siginfo_t> signals;
    };

    /// How a call begins.
    enum class Entry : std::uint8_t {
        /// A signal that comes before the kernel has entered the call interrupts it.
        plain,
        /// Signals are blocked until the kernel has entered the call: it waits for signals, or with another mask.
        signals_blocked,
        /// As signals_blocked, and the call is interrupted at once if it has to wait.
        interrupted,
    };

    Deputy(Tracee& tracee, std::span<std::uint8_t> forwarding_area) : tracee_(tracee), area_(forwarding_area) {}

    /// The process is stopped, frozen, as `image` says, and becomes a deputy: nothing of the program runs in it any
    /// more.
    void begin(Agent& agent, const ProcessImage& image);

    void set_blocked(std::uint64_t mask) { blocked_ = mask; }
    void set_dispositions(std::uint64_t caught, std::uint64_t ignored) {
        caught_ = caught;
        ignored_ = ignored;
    }
    /// After set_dispositions(): what its children leave behind depends on this (sigaction(2), SA_NOCLDWAIT,
    /// SA_NOCLDSTOP, SIG_IGN).
    void set_child_action(Agent& agent, std::uint64_t flags);

    /// For the next call, until it is none again: in place of the forwarding area.
    void use_area(const LargeArea* area) { large_area_ = area; }
    /// Begins a call. Its pointers are put into the request's input.
    void execute(const CallRequest& request, std::uint64_t mask, Entry entry);
    /// Resumes the call in which the process was interrupted when it was frozen.
    void restart_call(std::uint64_t mask);
    /// Makes the call that is going on end now if it waits; its end comes as an event.
    void interrupt_call();
    /// Also while it is stopped by a signal within the call.
    [[nodiscard]] bool is_in_call() const {
        return (state_ == State::stopped_by_signal ? before_stop_ : state_) == State::in_call;
    }
    /// True if the kernel has made the call again that is going on, after a signal that the program does not see: its
    /// timeout has begun anew.
    [[nodiscard]] bool has_restarted_call() const { return is_in_call() && progress_.is_restarted; }
    /// Of the call that ended, what the request asks for.
    [[nodiscard]] CallResult result(const CallRequest& request, std::int64_t value) const;

    /// Takes note of a stop; none when it does not concern the program.
    std::optional<Event> handle(const Stop& stop);
    /// Lets it wait for signals when it has nothing to do.
    void park() { wait_for_signals(State::parked); }
    /// The same, but those that the program catches stay pending: the others still do what they do by default.
    void hold_signals() { wait_for_signals(State::holding); }
    [[nodiscard]] bool holds_signals() const { return state_ == State::holding; }
    /// True if it has nothing to do and is ptrace-stopped.
    [[nodiscard]] bool is_standing() const { return state_ == State::standing; }
    /// By a signal (SIGSTOP, job control).
    [[nodiscard]] bool is_stopped() const { return state_ == State::stopped_by_signal; }
    /// Stops it, for whatever comes next; a call that is going on is interrupted and its end added, as are other events
    /// that come meanwhile.
    void halt(std::vector<Event>& events);
    /// After halt() and what was done since: one that had been stopped by a signal by then goes on being so, and a
    /// `halted` is added.
    void stay_stopped(std::vector<Event>& events);
    /// Takes the pending signals of these numbers that the program catches, also those that it blocks, oldest first.
    /// The deputy is halted.
    [[nodiscard]] std::vector<siginfo_t> take_pending(std::uint64_t numbers);
    /// Whether the signal ends or stops a process that does not catch it, or does nothing.
    [[nodiscard]] bool is_caught(int signal) const { return (caught_ >> (signal - 1) & 1U) != 0; }

private:
    enum class State : std::uint8_t { standing, parked, holding, in_call, stopped_by_signal };

    /// A call from its begin to the breakpoint behind it.
    struct Progress {
        /// Signals are blocked until the stop at the call's entry.
        bool waits_for_entry = false;
        /// At the entry, or as soon as it is in the call, it is interrupted.
        bool is_interrupted = false;
        /// The kernel has made it again after something that the program does not see.
        bool is_restarted = false;
        /// The result, once the kernel has left the call.
        std::optional<std::int64_t> value;
        std::vector<siginfo_t> signals;
        /// How many more are taken before its end is reported.
        std::size_t signals_left = 0;
    };
    /// So many signals that come while those of a call are taken go with its result, too.
    static constexpr std::size_t max_later_signals = 16;

    std::optional<Event> handle_signal(const Stop& stop);
    std::optional<Event> handle_call_signal(const Registers& registers);
    std::optional<Event> handle_breakpoint(const Registers& registers);
    void handle_interrupted();
    /// Resumes after a stop that the program does not see, with what the kernel is to do for it.
    void resume(int signal);
    void enter_with_signals_blocked();
    /// The kernel has left the call: the signals that are pending then are taken before its end is reported.
    void leave_call(Registers registers);
    void run_to_breakpoint(Registers registers);
    void wait_for_signals(State state);
    [[nodiscard]] bool is_waiting_for_signals() const { return state_ == State::parked || state_ == State::holding; }
    [[nodiscard]] Event end_call();
    [[nodiscard]] bool has_caught_signal_pending() const;
    void apply_mask();
    void start(std::int64_t number, const std::array<std::uint64_t, 6>& arguments, Entry entry);
    void write_to_area(std::uint32_t offset, std::span<const std::uint8_t> bytes);
    [[nodiscard]] std::uint64_t code() const { return agent_address_ + agent_area::call_code_offset; }
    [[nodiscard]] std::uint64_t behind_call() const { return code() + 2; }
    [[nodiscard]] std::uint64_t behind_breakpoint() const;

    Tracee& tracee_;
    std::span<std::uint8_t> area_;
    const LargeArea* large_area_ = nullptr;
    std::uint64_t agent_address_ = 0;
    Registers base_;
    State state_ = State::standing;
    bool is_left_stopped_ = false;
    State before_stop_ = State::standing;
    Progress progress_;
    std::uint64_t blocked_ = 0;
    std::uint64_t applied_mask_ = 0;
    std::uint64_t caught_ = 0;
    std::uint64_t ignored_ = 0;
};

}  // namespace openmosix
