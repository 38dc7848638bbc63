// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracee/tracee.h"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

#include "tracee/process_end.h"

namespace openmosix {

namespace {

// bits/types and linux/ptrace.h of Debian 12's C library have them, but the two headers cannot be included together.
constexpr int event_stop = 128;
constexpr int event_seccomp = PTRACE_EVENT_SECCOMP;

long request(int what, pid_t pid, std::uintptr_t address, std::uintptr_t data) {
    // ptrace(2) is declared with an enumeration that lacks some requests, and as variadic.
    // NOLINTNEXTLINE(performance-no-int-to-ptr,cppcoreguidelines-pro-type-reinterpret-cast)
    const long result = ::ptrace(static_cast<__ptrace_request>(what), pid, reinterpret_cast<void*>(address),
                                 reinterpret_cast<void*>(data));  // NOLINT
    if (result == -1) {
        fail_for(pid, errno, "it cannot be traced");
    }
    return result;
}

std::uintptr_t pointer(const void* data) {
    return reinterpret_cast<std::uintptr_t>(data);  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
}

int options(bool with_us) {
    return PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP | (with_us ? PTRACE_O_EXITKILL : 0);
}

}  // namespace

Tracee::Tracee(pid_t pid, bool with_us) : pid_(pid), with_us_(with_us) {
    request(PTRACE_SEIZE, pid, 0, static_cast<std::uintptr_t>(options(with_us)));
}

Tracee::~Tracee() {
    if (!is_attached_) {
        return;
    }
    try {
        if (stop()) {
            release(undelivered_);
        }
    } catch (const std::system_error&) {
        // It is gone: nothing is left to let go.
    }
}

void Tracee::set_with_us(bool with_us) {
    request(PTRACE_SETOPTIONS, pid_, 0, static_cast<std::uintptr_t>(options(with_us)));
    with_us_ = with_us;
}

// NOLINTNEXTLINE(readability-make-member-function-const): the process is what changes
void Tracee::interrupt() {
    request(PTRACE_INTERRUPT, pid_, 0, 0);
}

Stop Tracee::interpret(int status) {
    Stop stop;
    stop.status = status;
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
        is_attached_ = false;
        return stop;
    }
    is_running_ = false;
    const int signal = WSTOPSIG(status);
    const int event = status >> 16;
    stop.signal = signal;
    if (event == event_stop) {
        stop.kind = signal == SIGTRAP ? Stop::Kind::interrupted : Stop::Kind::group;
    } else if (event == event_seccomp) {
        stop.kind = Stop::Kind::seccomp;
    } else if (event == PTRACE_EVENT_EXEC) {
        stop.kind = Stop::Kind::exec;
    } else if (signal == (SIGTRAP | 0x80)) {
        stop.kind = Stop::Kind::call;
    } else {
        stop.kind = Stop::Kind::signal;
    }
    is_group_stopped_ = stop.kind == Stop::Kind::group;
    undelivered_ = stop.kind == Stop::Kind::signal && signal != SIGTRAP ? signal : 0;
    return stop;
}

Stop Tracee::wait() {
    int status = 0;
    while (::waitpid(pid_, &status, __WALL) == -1) {
        if (errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "it cannot be waited for");
        }
    }
    return interpret(status);
}

std::optional<Stop> Tracee::poll() {
    int status = 0;
    const pid_t result = ::waitpid(pid_, &status, __WALL | WNOHANG);
    if (result == -1 && errno != EINTR) {
        throw std::system_error(errno, std::generic_category(), "it cannot be waited for");
    }
    if (result <= 0) {
        return std::nullopt;
    }
    return interpret(status);
}

bool Tracee::stop() {
    if (!is_attached_) {
        return false;
    }
    if (!is_running_) {
        return true;
    }
    interrupt();
    return wait().kind != Stop::Kind::ended;
}

void Tracee::run(int signal) {
    request(PTRACE_CONT, pid_, 0, static_cast<std::uintptr_t>(signal));
    is_running_ = true;
}

void Tracee::run_to_call(int signal) {
    request(PTRACE_SYSCALL, pid_, 0, static_cast<std::uintptr_t>(signal));
    is_running_ = true;
}

void Tracee::step() {
    request(PTRACE_SINGLESTEP, pid_, 0, 0);
    is_running_ = true;
}

void Tracee::listen() {
    request(PTRACE_LISTEN, pid_, 0, 0);
    is_running_ = true;
}

void Tracee::release(int signal) {
    request(PTRACE_DETACH, pid_, 0, static_cast<std::uintptr_t>(signal));
    is_attached_ = false;
}

Registers Tracee::registers() const {
    std::array<std::uint64_t, 27> raw{};
    iovec vector{raw.data(), sizeof raw};
    request(PTRACE_GETREGSET, pid_, NT_PRSTATUS, pointer(&vector));
    Registers registers;
    // The kernel gives the view of the code segment that the process runs in; its length tells which.
    if (vector.iov_len == std::size_t{17} * 4) {
        registers.abi = Abi::i386;
        for (std::size_t i = 0; i < 17; ++i) {
            registers.words.at(i) = static_cast<std::uint32_t>(raw.at(i / 2) >> (i % 2 * 32));
        }
    } else {
        registers.abi = Abi::amd64;
        registers.words = raw;
    }
    return registers;
}

// NOLINTNEXTLINE(readability-make-member-function-const): the process is what changes
void Tracee::set_registers(const Registers& registers) {
    std::array<std::uint64_t, 27> raw{};
    iovec vector{raw.data(), sizeof raw};
    if (registers.abi == Abi::i386) {
        for (std::size_t i = 0; i < 17; ++i) {
            raw.at(i / 2) |= (registers.words.at(i) & 0xffffffffU) << (i % 2 * 32);
        }
        vector.iov_len = std::size_t{17} * 4;
    } else {
        raw = registers.words;
    }
    request(PTRACE_SETREGSET, pid_, NT_PRSTATUS, pointer(&vector));
}

std::uint64_t Tracee::signal_mask() const {
    std::uint64_t mask = 0;
    request(PTRACE_GETSIGMASK, pid_, sizeof mask, pointer(&mask));
    return mask;
}

// NOLINTNEXTLINE(readability-make-member-function-const): the process is what changes
void Tracee::set_signal_mask(std::uint64_t mask) {
    request(PTRACE_SETSIGMASK, pid_, sizeof mask, pointer(&mask));
}

siginfo_t Tracee::signal_info() const {
    siginfo_t info{};
    request(PTRACE_GETSIGINFO, pid_, 0, pointer(&info));
    return info;
}

// NOLINTNEXTLINE(readability-make-member-function-const): the process is what changes
void Tracee::set_signal_info(const siginfo_t& info) {
    request(PTRACE_SETSIGINFO, pid_, 0, pointer(&info));
}

unsigned long Tracee::event_message() const {
    unsigned long message = 0;
    request(PTRACE_GETEVENTMSG, pid_, 0, pointer(&message));
    return message;
}

bool Tracee::is_at_call_entry() const {
    __ptrace_syscall_info info{};
    request(PTRACE_GET_SYSCALL_INFO, pid_, sizeof info, pointer(&info));
    return info.op == PTRACE_SYSCALL_INFO_ENTRY;
}

}  // namespace openmosix
