// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/child_processes.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <exception>
#include <system_error>
#include <utility>

#include "common/exit_status.h"
#include "common/log.h"
#include "common/signal_state.h"

namespace openmosix {

namespace {

/// As env(1) has it.
constexpr int exit_cannot_execute = 126;

/// In the child: nothing of omd's is left but standard error and what it is given.
bool keep_only(const ChildDescriptors& given) {
    const int nothing = ::open("/dev/null", O_RDWR);
    const int descriptor = given.connection;
    if (nothing < 0 || ::dup2(given.input >= 0 ? given.input : nothing, STDIN_FILENO) < 0 ||
        ::dup2(given.output >= 0 ? given.output : nothing, STDOUT_FILENO) < 0) {
        return false;
    }
    if (descriptor < 0) {
        return ::close_range(child_descriptor, ~0U, 0) == 0;
    }
    // dup2(2) of a descriptor onto itself would leave it to be closed by execve(2).
    const bool is_moved = descriptor == child_descriptor ? ::fcntl(descriptor, F_SETFD, 0) == 0
                                                         : ::dup2(descriptor, child_descriptor) >= 0;
    return is_moved && ::close_range(child_descriptor + 1, ~0U, 0) == 0;
}

}  // namespace

ChildProcesses::ChildProcesses(sd_event* event)
    : signal_(clusterdisc::add_signal(event, SIGCHLD, [this] { reap(); })) {}

pid_t ChildProcesses::start_program(const std::vector<std::string>& words, const ChildDescriptors& descriptors,
                                    OnEnd on_end) {
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (const std::string& word : words) {
        // execve(2) takes them as changeable and does not change them.
        arguments.push_back(const_cast<char*>(word.c_str()));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    }
    arguments.push_back(nullptr);
    const auto become = [&] {
        if (keep_only(descriptors)) {
            clusterdisc::set_daemon_signals();
            ::execv(arguments.front(), arguments.data());
        }
        clusterdisc::log_line(clusterdisc::LogLevel::error,
                              words.front() + ": " + std::generic_category().message(errno));
        std::_Exit(exit_cannot_execute);
    };
    return start(become, std::move(on_end));
}

pid_t ChildProcesses::start_function(std::function<int()> function, const ChildDescriptors& descriptors, OnEnd on_end) {
    const auto become = [&] {
        int status = clusterdisc::exit_failure;
        try {
            if (!keep_only(descriptors)) {
                throw std::system_error(errno, std::generic_category(), "a child of omd");
            }
            clusterdisc::set_daemon_signals();
            status = function();
        } catch (const std::exception& error) {
            clusterdisc::log_line(clusterdisc::LogLevel::warning, error.what());
        }
        // Not exit(3): what is registered there is omd's.
        std::_Exit(status);
    };
    return start(become, std::move(on_end));
}

pid_t ChildProcesses::start(const std::function<void()>& become, OnEnd on_end) {
    const pid_t pid = ::fork();
    if (pid < 0) {
        throw std::system_error(errno, std::generic_category(), "cannot start a process");
    }
    if (pid == 0) {
        ::setsid();
        become();
        std::_Exit(clusterdisc::exit_failure);
    }
    children_.emplace(pid, std::move(on_end));
    return pid;
}

void ChildProcesses::reap() {
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
        // Out of the list first: the function may start another one.
        auto child = children_.extract(pid);
        if (!child.empty()) {
            child.mapped()(status);
        }
    }
}

std::string describe_end(int status) {
    if (WIFSIGNALED(status)) {
        return "was killed by signal " + std::to_string(WTERMSIG(status));
    }
    return "ended with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace openmosix
