// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <system_error>

#include "checkpoint/restart.h"
#include "image/file_reading.h"
#include "omd/subcommands.h"

namespace openmosix {

namespace {

/// For the signal handler.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
volatile std::sig_atomic_t restarted = 0;

constexpr std::array<int, 4> passed_on{SIGHUP, SIGTERM, SIGUSR1, SIGUSR2};

void pass_on(int signal) {
    ::kill(static_cast<pid_t>(restarted), signal);
}

/// An image has the rights of whoever runs it: it must be theirs, or root's, and of a process of theirs.
void must_be_ours(const clusterdisc::FileDescriptor& file, const CheckpointState& state) {
    struct stat status {};
    const uid_t user = ::geteuid();
    if (::fstat(file.number(), &status) != 0 || (status.st_uid != user && status.st_uid != 0)) {
        throw std::runtime_error("the file belongs to user " + std::to_string(status.st_uid) +
                                 ", whose program would run with the rights of user " + std::to_string(user) +
                                 "; restart it as its owner");
    }
    if (state.process.uid != user) {
        throw std::runtime_error("the process in it was user " + std::to_string(state.process.uid) +
                                 "'s; restart it as that user");
    }
}

/// Those that are for the process wait until there is one.
void hold_signals(int how) {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : passed_on) {
        ::sigaddset(&set, signal);
    }
    ::sigprocmask(how, &set, nullptr);
}

int wait_for(pid_t pid, std::uint32_t was) {
    restarted = pid;
    // The terminal sends these to the process, too: it decides what they do.
    for (const int signal : {SIGINT, SIGQUIT}) {
        ::signal(signal, SIG_IGN);
    }
    for (const int signal : passed_on) {
        ::signal(signal, pass_on);
    }
    hold_signals(SIG_UNBLOCK);
    std::fprintf(stderr, "omd: process %u goes on as process %d\n", was, static_cast<int>(pid));
    int status = 0;
    while (::waitpid(pid, &status, 0) == -1) {
        if (errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "waitpid");
        }
    }
    constexpr int status_of_signals = 128;
    return WIFEXITED(status) ? WEXITSTATUS(status) : status_of_signals + WTERMSIG(status);
}

}  // namespace

int restart_main(std::span<const std::string> words) {
    const std::string& path = words.front();
    const auto file = open_image(path);
    pid_t pid = 0;
    std::uint32_t was = 0;
    try {
        ImageReader reader(reads(file));
        must_be_ours(file, reader.state());
        was = reader.state().process.pid;
        hold_signals(SIG_BLOCK);
        pid = restart_process(reader);
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(path + ": " + error.what());
    }
    return wait_for(pid, was);
}

}  // namespace openmosix
