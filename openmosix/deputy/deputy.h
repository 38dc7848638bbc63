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
/// own name, and collects the signals that are meant for the program.
class Deputy {
public:
    /// What happened to it that concerns the program.
    struct Event {
        enum class Kind : std::uint8_t {
            /// The call that execute() began is over: `value`.
            call_ended,
            /// A signal came that the program catches: `info`. When a call was going on it ended with `value`.
            signal,
            /// It was stopped, or goes on after that.
            halted,
            proceeds,
            /// It is gone: killed, or it called exit.
            ended,
        };
        Kind kind = Kind::ended;
        bool was_in_call = false;
        /// As the kernel left it; -516 to -512 (include/linux/errno.h) when the call is not done.
        std::int64_t value = 0;
        siginfo_t info{};
    };

    Deputy(Tracee& tracee, std::span<std::uint8_t> forwarding_area) : tracee_(tracee), area_(forwarding_area) {}

    /// The process stands, frozen, as `image` says, and becomes a deputy: nothing of the program runs in it any more.
    void begin(Agent& agent, const ProcessImage& image);

    void set_blocked(std::uint64_t mask);
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
    void execute(const CallRequest& request, std::uint64_t mask);
    /// Goes on with the call in which the process was interrupted when it was frozen.
    void restart_call(std::uint64_t mask);
    /// Also while it is stopped by a signal within the call.
    [[nodiscard]] bool is_in_call() const {
        return (state_ == State::stopped_by_signal ? before_stop_ : state_) == State::in_call;
    }
    /// Of the call that ended, what the request asks for.
    [[nodiscard]] CallResult result(const CallRequest& request, std::int64_t value) const;

    /// Takes note of a stop; none when it does not concern the program.
    std::optional<Event> handle(const Stop& stop);
    /// Lets it wait for signals when it has nothing to do.
    void park();
    [[nodiscard]] bool is_standing() const { return state_ == State::standing; }
    /// By a signal (SIGSTOP, job control).
    [[nodiscard]] bool is_stopped() const { return state_ == State::stopped_by_signal; }
    /// Makes it stand, for whatever comes next; a call that is going on is broken off (and `value` as for a signal).
    /// Events that come meanwhile are added.
    void halt(std::vector<Event>& events);
    /// After halt() and what was done since: one that had been stopped by a signal by then goes on being so, and a
    /// `halted` is added.
    void stay_stopped(std::vector<Event>& events);
    /// Whether the signal ends or stops a process that does not catch it, or does nothing.
    [[nodiscard]] bool is_caught(int signal) const { return (caught_ >> (signal - 1) & 1U) != 0; }

private:
    enum class State : std::uint8_t { standing, parked, in_call, stopped_by_signal };

    std::optional<Event> handle_signal(const Stop& stop);
    /// After a stop that the program does not see, with what the kernel is to do for it.
    void go_on(int signal);
    void hold_until_entry(const siginfo_t& info);
    void finish_breakpoint();
    /// Adds what became of a call that was interrupted.
    void break_off(const Registers& registers, std::vector<Event>& events);
    /// Whether a signal that was sent again is about to come.
    [[nodiscard]] bool has_signal_to_take() const;
    void apply_mask();
    void forget_waiting_mask();
    void write_to_area(std::uint32_t offset, std::span<const std::uint8_t> bytes);
    void start(std::int64_t number, const std::array<std::uint64_t, 6>& arguments);
    [[nodiscard]] std::uint64_t code() const { return agent_address_ + agent_area::call_code_offset; }

    Tracee& tracee_;
    std::span<std::uint8_t> area_;
    const LargeArea* large_area_ = nullptr;
    std::uint64_t agent_address_ = 0;
    Registers base_;
    State state_ = State::standing;
    bool is_left_stopped_ = false;
    State before_stop_ = State::standing;
    std::uint64_t blocked_ = 0;
    std::uint64_t applied_mask_ = 0;
    std::uint64_t caught_ = 0;
    std::uint64_t ignored_ = 0;
    /// Signals that came before the call had begun, to be sent again when it has.
    std::vector<siginfo_t> held_;
    /// Those that were sent again: what they are about, as the kernel says of the second ones that we sent them.
    std::vector<siginfo_t> sent_again_;
};

}  // namespace openmosix
