// SPDX-License-Identifier: GPL-2.0-or-later
#include "signals/sent_signals.h"

#include <sys/wait.h>

#include <algorithm>

namespace openmosix {

namespace {

/// The kernel's SIGRTMIN, which is not the C library's.
constexpr int first_real_time = 32;

}  // namespace

bool SentSignals::add(const siginfo_t& info, bool is_pending, bool is_being_delivered) {
    const bool is_real_time = info.si_signo >= first_real_time;
    auto& infos = infos_[info.si_signo];
    // What the kernel has no more was thrown away, as by an action that ignores it.
    const std::size_t kept = is_pending ? infos.size() : (is_being_delivered ? 1 : 0);
    while (infos.size() > kept) {
        infos.pop_back();
        real_time_ -= is_real_time ? 1 : 0;
    }
    if (is_real_time ? real_time_ >= most_ : is_pending) {
        return false;
    }
    infos.push_back(info);
    real_time_ += is_real_time ? 1 : 0;
    return true;
}

bool SentSignals::is_empty() const {
    return std::ranges::all_of(infos_, [](const auto& entry) { return entry.second.empty(); });
}

std::optional<siginfo_t> SentSignals::take(int signal) {
    const auto found = infos_.find(signal);
    if (found == infos_.end() || found->second.empty()) {
        return std::nullopt;
    }
    const siginfo_t info = found->second.front();
    found->second.pop_front();
    real_time_ -= signal >= first_real_time ? 1 : 0;
    return info;
}

bool is_being_delivered(pid_t pid, int signal) {
    siginfo_t stop{};
    const int result = ::waitid(P_PID, static_cast<id_t>(pid), &stop, WSTOPPED | WNOHANG | WNOWAIT | __WALL);
    return result == 0 && stop.si_pid == pid && stop.si_code == CLD_TRAPPED && stop.si_status == signal;
}

}  // namespace openmosix
