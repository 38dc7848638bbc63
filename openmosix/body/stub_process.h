// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "abi.h"
#include "tracee/tracee.h"

namespace openmosix {

/// A new process that stands at the exit of execve(2) of the stub (body/stub.h), traced by this thread.
/// Killed when it is destroyed.
struct StubProcess {
    StubProcess() = default;
    StubProcess(StubProcess&& other) noexcept : pid(std::exchange(other.pid, -1)), tracee(std::move(other.tracee)) {}
    StubProcess& operator=(StubProcess&&) = delete;
    StubProcess(const StubProcess&) = delete;
    StubProcess& operator=(const StubProcess&) = delete;
    ~StubProcess();

    pid_t pid = -1;
    std::unique_ptr<Tracee> tracee;
};

/// Status of one whose preparation failed.
inline constexpr int stub_unprepared = 1;

/// Forks. In the child `prepare` makes what the process is to have, with the descriptor of the stub's program, which it
/// must keep: it returns that, or the one that it has given it, or -1 when something failed. What it does must be safe
/// after fork(2). `before` is called in the
/// parent before the child goes on. The process is killed when this thread ends. Throws std::system_error, and
/// std::runtime_error with `unprepared` when `prepare` failed.
StubProcess start_stub(Abi abi, const std::function<int(int program)>& prepare,
                       const std::function<void(pid_t)>& before, const std::string& unprepared);

}  // namespace openmosix
