// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <optional>
#include <span>

#include "tracee/registers.h"

namespace openmosix {

/// How a traced process stopped or ended (ptrace(2)).
struct Stop {
    enum class Kind : std::uint8_t {
        /// Ended by itself; `status` as of wait(2).
        ended,
        /// A signal is about to be delivered: `signal`.
        signal,
        /// Stopped by a stopping signal (`signal`), until SIGCONT.
        group,
        /// PTRACE_INTERRUPT or the end of a group stop.
        interrupted,
        /// At the entry or the exit of a system call (PTRACE_SYSCALL).
        call,
        /// The seccomp filter said SECCOMP_RET_TRACE.
        seccomp,
        /// execve(2) succeeded.
        exec,
    };
    Kind kind = Kind::ended;
    int signal = 0;
    int status = 0;
};

/// One traced process: the seam to ptrace(2). All functions throw std::system_error, with ESRCH when the process is
/// gone or runs. Belongs to the thread that seized it.
class Tracee {
public:
    /// Seizes the process; it goes on running. With `with_us` it is killed when this thread ends.
    Tracee(pid_t pid, bool with_us);
    /// One that a process which this thread traces has started with CLONE_PTRACE (clone(2)), with the same options; it
    /// is about to stop.
    struct Inherited {};
    Tracee(pid_t pid, Inherited /*tag*/) : pid_(pid), with_us_(false) {}
    Tracee(const Tracee&) = delete;
    Tracee& operator=(const Tracee&) = delete;
    Tracee(Tracee&&) = delete;
    Tracee& operator=(Tracee&&) = delete;
    /// Lets it run on, unless it was released or has ended.
    ~Tracee();

    [[nodiscard]] pid_t pid() const { return pid_; }
    /// Whether the process is killed when this thread ends.
    void set_with_us(bool with_us);

    /// Asks a running process to stop; wait() tells when it has.
    void interrupt();
    /// The next stop; blocks.
    Stop wait();
    /// The next stop if there is one.
    std::optional<Stop> poll();
    /// Stops it wherever it is, also a process that stands already. Signals that come meanwhile stay pending. None when
    /// the process has ended.
    bool stop();

    /// As opposed to standing at the last stop.
    [[nodiscard]] bool is_running() const { return is_running_; }
    /// True if its last stop was by a stopping signal.
    [[nodiscard]] bool is_group_stopped() const { return is_group_stopped_; }
    /// The signal before whose delivery it stands; 0 when it stands anywhere else.
    [[nodiscard]] int undelivered() const { return undelivered_; }

    /// From a stop: run on, with this signal delivered when it stands before one.
    void run(int signal = 0);
    /// As run(), but stop at the next entry or exit of a system call.
    void run_to_call(int signal = 0);
    void step();
    /// Stay in a group stop, but tell when it ends.
    void listen();
    /// Ends tracing.
    void release(int signal = 0);

    [[nodiscard]] Registers registers() const;
    void set_registers(const Registers& registers);
    [[nodiscard]] std::uint64_t signal_mask() const;
    void set_signal_mask(std::uint64_t mask);
    [[nodiscard]] siginfo_t signal_info() const;
    void set_signal_info(const siginfo_t& info);
    /// PTRACE_GETEVENTMSG: of a seccomp stop, the filter's data.
    [[nodiscard]] unsigned long event_message() const;
    /// Of a stop at a system call: whether it is the entry.
    [[nodiscard]] bool is_at_call_entry() const;

private:
    Stop interpret(int status);

    pid_t pid_;
    bool with_us_;
    bool is_attached_ = true;
    bool is_running_ = true;
    bool is_group_stopped_ = false;
    int undelivered_ = 0;
};

}  // namespace openmosix
