// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracee/helper_process.h"

#include <sched.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <string>
#include <system_error>

#include "tracee/process_end.h"

namespace openmosix {

namespace {

struct Numbers {
    std::uint64_t clone;
    std::uint64_t close_range;
    std::uint64_t wait4;
};
constexpr Numbers numbers_i386{.clone = 120, .close_range = 436, .wait4 = 114};
constexpr Numbers numbers_amd64{.clone = 56, .close_range = 436, .wait4 = 61};

constexpr const Numbers& numbers(Abi abi) {
    return abi == Abi::i386 ? numbers_i386 : numbers_amd64;
}

/// A process that has called unshare(2) with CLONE_NEWPID: its next child is the first process of a new PID namespace,
/// which ends with that child.
bool has_namespace_for_children(pid_t pid) {
    const std::string folder = "/proc/" + std::to_string(pid) + "/ns/";
    std::error_code error;
    return std::filesystem::read_symlink(folder + "pid", error) !=
           std::filesystem::read_symlink(folder + "pid_for_children", error);
}

/// The next process that has stopped or ended. The owner stands, so it is the helper, or the owner was killed.
pid_t wait_for_helper(pid_t owner) {
    siginfo_t info{};
    while (::waitid(P_ALL, 0, &info, WSTOPPED | WEXITED | WNOWAIT | __WALL) == -1) {
        if (errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "waitid");
        }
    }
    if (info.si_pid == owner) {
        throw ProcessEnded();
    }
    return info.si_pid;
}

}  // namespace

// It delegates so that the destructor runs whatever is thrown here.
HelperProcess::HelperProcess(Tracee& owner, Agent& owner_agent, const MemoryFile& memory) : HelperProcess(owner_agent) {
    if (has_namespace_for_children(owner.pid())) {
        throw std::runtime_error("its children are to be in another PID namespace");
    }
    // No signal at its end: the program has no such child.
    owners_number_ = owner_agent.call("clone", numbers(owner_agent.abi()).clone, {CLONE_VM | CLONE_PTRACE});
    tracee_.emplace(wait_for_helper(owner.pid()), Tracee::Inherited());
    if (tracee_->wait().kind == Stop::Kind::ended) {
        throw std::runtime_error("a process that was to help it has ended");
    }
    agent_.emplace(*tracee_, memory, tracee_->registers(), owner_agent.address());
    // They are copies, and leave as much room as the limit gives.
    agent_->call("close_range", numbers(owner_agent.abi()).close_range, {0, std::numeric_limits<std::uint32_t>::max()});
}

HelperProcess::~HelperProcess() {
    if (!tracee_) {
        return;
    }
    agent_.reset();
    ::kill(tracee_->pid(), SIGKILL);
    try {
        while (tracee_->wait().kind != Stop::Kind::ended) {
        }
    } catch (const std::system_error&) {
        // Its end was seen before.
    }
    try {
        owner_agent_.call("wait4", numbers(owner_agent_.abi()).wait4,
                          {static_cast<std::uint64_t>(owners_number_), 0, __WALL, 0});
    } catch (const std::exception&) {
        // The owner has ended, and with it the need to wait for its children.
    }
}

}  // namespace openmosix
