// SPDX-License-Identifier: GPL-2.0-or-later
#include "signals/queue_signal.h"

#include <sys/syscall.h>
#include <unistd.h>

namespace openmosix {

void queue_signal(pid_t pid, const siginfo_t& info) {
    siginfo_t copy = info;
    const bool may_say_all = info.si_code < 0 && info.si_code != SI_TKILL;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    if (!may_say_all || ::syscall(SYS_rt_tgsigqueueinfo, pid, pid, info.si_signo, &copy) != 0) {
        ::syscall(SYS_tgkill, pid, pid, info.si_signo);  // NOLINT(cppcoreguidelines-pro-type-vararg)
    }
}

}  // namespace openmosix
