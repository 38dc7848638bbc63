// SPDX-License-Identifier: GPL-2.0-or-later
#include "signals/signal_info.h"

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "common/log.h"
#include "tracee/call_numbers.h"
#include "tracee/kernel_result.h"
#include "tracee/lifted_limits.h"
#include "tracee/process_end.h"
#include "words.h"

namespace openmosix {

namespace {

constexpr std::size_t compat_size = 128;
constexpr unsigned max_signals_at_once = 64;

void put(std::vector<std::uint8_t>& bytes, std::uint64_t value) {
    append_word(bytes, value, 4);
}

bool is_of_kernel(const siginfo_t& info) {
    return info.si_code > SI_USER && info.si_code < SI_KERNEL;
}

void put_fields(std::vector<std::uint8_t>& bytes, const siginfo_t& info) {
    // NOLINTBEGIN(cppcoreguidelines-pro-type-union-access,cppcoreguidelines-pro-type-reinterpret-cast)
    const auto address = [](const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); };
    const auto number = [](auto value) { return static_cast<std::uint64_t>(value); };
    const int signal = info.si_signo;
    if (is_of_kernel(info) && signal == SIGCHLD) {
        for (const auto field : {number(info.si_pid), number(info.si_uid), number(info.si_status),
                                 number(info.si_utime), number(info.si_stime)}) {
            put(bytes, field);
        }
    } else if (is_of_kernel(info) &&
               (signal == SIGILL || signal == SIGFPE || signal == SIGSEGV || signal == SIGBUS || signal == SIGTRAP)) {
        put(bytes, address(info.si_addr));
    } else if (is_of_kernel(info) && signal == SIGSYS) {
        put(bytes, address(info.si_call_addr));
        put(bytes, number(info.si_syscall));
        put(bytes, number(info.si_arch));
    } else if (is_of_kernel(info) || info.si_code == SI_SIGIO) {
        put(bytes, number(info.si_band));
        put(bytes, number(info.si_fd));
    } else if (info.si_code == SI_TIMER) {
        put(bytes, number(info.si_timerid));
        put(bytes, number(info.si_overrun));
        put(bytes, address(info.si_value.sival_ptr));
    } else {
        put(bytes, number(info.si_pid));
        put(bytes, number(info.si_uid));
        if (info.si_code < 0) {
            put(bytes, address(info.si_value.sival_ptr));
        }
    }
    // NOLINTEND(cppcoreguidelines-pro-type-union-access,cppcoreguidelines-pro-type-reinterpret-cast)
}

}  // namespace

std::vector<std::uint8_t> to_bytes(const siginfo_t& info) {
    std::vector<std::uint8_t> bytes(sizeof info);
    std::memcpy(bytes.data(), &info, sizeof info);
    return bytes;
}

siginfo_t signal_info_from(std::span<const std::uint8_t> bytes) {
    siginfo_t info{};
    std::memcpy(&info, bytes.data(), std::min(bytes.size(), sizeof info));
    return info;
}

std::vector<std::uint8_t> signal_info_for(Abi abi, const siginfo_t& info) {
    if (word_size(abi) == sizeof(void*)) {
        return to_bytes(info);
    }
    std::vector<std::uint8_t> bytes;
    for (const int field : {info.si_signo, info.si_errno, info.si_code}) {
        put(bytes, static_cast<std::uint64_t>(field));
    }
    put_fields(bytes, info);
    bytes.resize(compat_size);
    return bytes;
}

std::vector<siginfo_t> waiting_signals(pid_t pid) {
    std::vector<siginfo_t> found;
    for (const std::uint32_t queue : {std::uint32_t{0}, std::uint32_t{PTRACE_PEEKSIGINFO_SHARED}}) {
        for (std::uint64_t place = 0;;) {
            std::array<siginfo_t, max_signals_at_once> infos{};
            const __ptrace_peeksiginfo_args arguments{place, queue, static_cast<std::int32_t>(infos.size())};
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
            const long count = ::ptrace(PTRACE_PEEKSIGINFO, pid, &arguments, infos.data());
            if (count < 0) {
                fail_for(pid, errno, "its pending signals");
            }
            found.insert(found.end(), infos.begin(), infos.begin() + count);
            if (count < static_cast<long>(infos.size())) {
                break;
            }
            place += static_cast<std::uint64_t>(count);
        }
    }
    return found;
}

void stop_again(pid_t pid) {
    const auto waiting = waiting_signals(pid);
    if (std::ranges::find(waiting, SIGCONT, &siginfo_t::si_signo) == waiting.end()) {
        ::syscall(SYS_tgkill, pid, pid, SIGSTOP);  // NOLINT(cppcoreguidelines-pro-type-vararg)
    }
}

void queue_signals(Agent& agent, std::span<const siginfo_t> signals) {
    if (signals.empty()) {
        return;
    }
    const CallNumbers& numbers = call_numbers(agent.abi());
    // They were accepted here or where the process comes from, so that no limit may refuse them now.
    const LiftedLimits lifted(agent, signal_limits);
    // As the process knows itself, which differs from what we know in a namespace of its own.
    const auto self = static_cast<std::uint64_t>(agent.call("getpid", numbers.getpid, {}));
    constexpr std::size_t max_at_once = agent_area::scratch_size / sizeof(siginfo_t);
    while (!signals.empty()) {
        const auto part = signals.first(std::min(signals.size(), max_at_once));
        std::vector<std::uint8_t> infos;
        std::vector<InjectedCall> calls;
        for (const siginfo_t& info : part) {
            calls.push_back({numbers.rt_tgsigqueueinfo,
                             {self, self, static_cast<std::uint64_t>(info.si_signo), agent.scratch() + infos.size()}});
            const auto bytes = signal_info_for(agent.abi(), info);
            infos.insert(infos.end(), bytes.begin(), bytes.end());
        }
        agent.write_scratch(0, infos);
        agent.run(calls);
        for (std::size_t i = 0; i < part.size(); ++i) {
            if (is_error(calls[i].result)) {
                clusterdisc::log_line(clusterdisc::LogLevel::warning,
                                      "a pending signal, " + std::to_string(part[i].si_signo) +
                                          ", is lost, as the kernel does not take it again: " +
                                          std::generic_category().message(static_cast<int>(-calls[i].result)));
            }
        }
        signals = signals.subspan(part.size());
    }
}

}  // namespace openmosix
