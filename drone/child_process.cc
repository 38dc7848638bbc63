// SPDX-License-Identifier: GPL-2.0-or-later
#include "child_process.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "common/signal_state.h"

namespace clusterdisc {
namespace {

/// In the child: what cannot be done is said in its output, and the program runs without it.
void write_setting(const std::string& path, const std::string& value) {
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.is_open() || ::write(file.number(), value.data(), value.size()) < 0) {
        ::dprintf(STDERR_FILENO, "%s: %s\n", path.c_str(), std::strerror(errno));
    }
}

void set_up_files(const ChildOptions& options, int pipe_end) {
    ::dup2(pipe_end, STDERR_FILENO);
    const bool has_terminal = !options.terminal.empty();
    const int input = ::open(has_terminal ? options.terminal.c_str() : "/dev/null", O_RDWR | O_NOCTTY);
    if (input < 0) {
        ::dprintf(STDERR_FILENO, "%s: %s\n", options.terminal.c_str(), std::strerror(errno));
        ::_exit(1);
    }
    ::dup2(input, STDIN_FILENO);
    ::dup2(has_terminal ? input : pipe_end, STDOUT_FILENO);
    if (has_terminal) {
        ::ioctl(STDIN_FILENO, TIOCSCTTY, 1);
    }
    if (input > STDERR_FILENO) {
        ::close(input);
    }
}

[[noreturn]] void run_program(const ChildOptions& options, int pipe_end) {
    reset_signals();
    ::setsid();
    set_up_files(options, pipe_end);
    if (!options.control_group.empty()) {
        // A group that hands its controllers on takes no process, and omd does that, and switches them on again. Where
        // it has ended and was started again, its guests have no limits for this moment.
        write_setting(options.control_group + "/cgroup.subtree_control", "-cpu -memory");
        write_setting(options.control_group + "/cgroup.procs", "0");
    }
    if (options.oom_score_adjustment != 0) {
        write_setting("/proc/self/oom_score_adj", std::to_string(options.oom_score_adjustment));
    }
    if (options.niceness != 0) {
        ::setpriority(PRIO_PROCESS, 0, options.niceness);
    }
    std::vector<char*> arguments;
    arguments.reserve(options.command.size() + 1);
    for (const std::string& word : options.command) {
        // execv(3) changes none of them.
        arguments.push_back(const_cast<char*>(word.c_str()));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    }
    arguments.push_back(nullptr);
    ::execv(arguments.front(), arguments.data());
    ::dprintf(STDERR_FILENO, "%s cannot be started: %s\n", arguments.front(), std::strerror(errno));
    constexpr int not_executed = 127;
    ::_exit(not_executed);
}

}  // namespace

ChildProcess start_child(const ChildOptions& options) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw std::system_error(errno, std::generic_category(), "no pipe for " + options.command.front());
    }
    ChildProcess child;
    child.output = FileDescriptor(ends[0]);
    const FileDescriptor pipe_end(ends[1]);
    ::fcntl(child.output.number(), F_SETFL, O_NONBLOCK);
    child.pid = ::fork();
    if (child.pid < 0) {
        throw std::system_error(errno, std::generic_category(), "no process for " + options.command.front());
    }
    if (child.pid == 0) {
        run_program(options, pipe_end.number());
    }
    return child;
}

std::string describe_end(int wait_status) {
    if (WIFSIGNALED(wait_status)) {
        return "was killed by signal " + std::to_string(WTERMSIG(wait_status));
    }
    return "ended with status " + std::to_string(WEXITSTATUS(wait_status));
}

}  // namespace clusterdisc
