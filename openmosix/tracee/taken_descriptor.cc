// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracee/taken_descriptor.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "tracee/process_end.h"

namespace openmosix {

clusterdisc::FileDescriptor take_descriptor(pid_t pid, int number) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    const clusterdisc::FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    clusterdisc::FileDescriptor file(static_cast<int>(::syscall(SYS_pidfd_getfd, process.number(), number, 0)));
    if (!file.is_open()) {
        fail_for(pid, errno, "its file descriptor " + std::to_string(number));
    }
    return file;
}

}  // namespace openmosix
