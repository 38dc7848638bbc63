// SPDX-License-Identifier: GPL-2.0-or-later
#include "signals/pending_signals.h"

#include <sys/ptrace.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "freeze/gathering.h"
#include "signals/signal_info.h"
#include "tracee/process_end.h"

namespace openmosix {

std::uint64_t pending_signals(pid_t pid) {
    // Mostly none is pending or few are, and then this is much cheaper than reading /proc/PID/status.
    constexpr std::int32_t max_at_once = 8;
    std::uint64_t pending = 0;
    for (const std::uint32_t queue : {std::uint32_t{0}, std::uint32_t{PTRACE_PEEKSIGINFO_SHARED}}) {
        std::array<siginfo_t, max_at_once> infos{};
        const __ptrace_peeksiginfo_args arguments{0, queue, max_at_once};
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
        const long count = ::ptrace(PTRACE_PEEKSIGINFO, pid, &arguments, infos.data());
        if (count < 0) {
            fail_for(pid, errno, "its pending signals");
        }
        if (count == max_at_once) {
            return read_dispositions(pid).pending;
        }
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
            pending |= std::uint64_t{1} << static_cast<unsigned>(infos.at(i).si_signo - 1);
        }
    }
    return pending;
}

std::size_t count_deliverable(pid_t pid, std::uint64_t numbers) {
    if ((pending_signals(pid) & numbers) == 0) {
        return 0;
    }
    const std::uint64_t wanted = numbers & ~read_dispositions(pid).blocked;
    const auto waiting = waiting_signals(pid);
    return static_cast<std::size_t>(std::ranges::count_if(waiting, [wanted](const siginfo_t& info) {
        return (wanted >> static_cast<unsigned>(info.si_signo - 1) & 1U) != 0;
    }));
}

}  // namespace openmosix
