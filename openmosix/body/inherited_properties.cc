// SPDX-License-Identifier: GPL-2.0-or-later
#include "body/inherited_properties.h"

#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "common/file_descriptor.h"

// Linux 6.3 and 6.4.
#ifndef PR_GET_MDWE
#define PR_GET_MDWE 66
#endif
#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE 67
#endif

namespace openmosix {

namespace {

// NOLINTBEGIN(cppcoreguidelines-pro-type-vararg): prctl(2) and syscall(2)

struct Limit {
    __rlimit_resource resource;
    rlim_t value;
};

/// The program's own limits hold at home, where its calls are made. Those here would bound what the body does by itself
/// (memory, processor time) or hit its supervisor's work; the guests' control group bounds it instead.
constexpr std::array<Limit, 15> limits{{{RLIMIT_AS, RLIM_INFINITY},
                                        {RLIMIT_CORE, 0},
                                        {RLIMIT_CPU, RLIM_INFINITY},
                                        {RLIMIT_DATA, RLIM_INFINITY},
                                        {RLIMIT_FSIZE, RLIM_INFINITY},
                                        {RLIMIT_LOCKS, RLIM_INFINITY},
                                        {RLIMIT_MEMLOCK, 0},
                                        {RLIMIT_MSGQUEUE, 0},
                                        {RLIMIT_NICE, 0},
                                        {RLIMIT_NOFILE, 64},
                                        {RLIMIT_NPROC, RLIM_INFINITY},
                                        {RLIMIT_RSS, RLIM_INFINITY},
                                        {RLIMIT_RTPRIO, 0},
                                        {RLIMIT_RTTIME, RLIM_INFINITY},
                                        {RLIMIT_SIGPENDING, RLIM_INFINITY}}};

bool set_limits() {
    bool are_set = true;
    for (const Limit& limit : limits) {
        rlimit wanted{limit.value, limit.value};
        if (::setrlimit(limit.resource, &wanted) != 0) {
            // Without CAP_SYS_RESOURCE the hard limit is the administrator's last word.
            are_set = are_set && ::getrlimit(limit.resource, &wanted) == 0;
            wanted.rlim_cur = std::min(limit.value, wanted.rlim_max);
            are_set = are_set && ::setrlimit(limit.resource, &wanted) == 0;
        }
    }
    return are_set;
}

bool set_scheduling() {
    // Policy and niceness of the program follow when it arrives.
    const sched_param none{};
    return ::sched_setscheduler(0, SCHED_OTHER, &none) == 0 && ::setpriority(PRIO_PROCESS, 0, 0) == 0;
}

bool set_affinity() {
    // More processors than any kernel has; it takes those that the control group allows.
    std::array<unsigned char, 1024> all{};
    all.fill(0xff);
    return ::syscall(SYS_sched_setaffinity, 0, all.size(), all.data()) == 0;
}

bool set_io_priority() {
    constexpr int who_process = 1;
    ::syscall(SYS_ioprio_set, who_process, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_NONE, 0));
    ::prctl(PR_SET_IO_FLUSHER, 0, 0, 0, 0);
    return ::prctl(PR_GET_IO_FLUSHER, 0, 0, 0, 0) <= 0;
}

bool set_memory_properties() {
    // Kernels without NUMA, huge or merged pages, or memory failures have none of them.
    ::syscall(SYS_set_mempolicy, MPOL_DEFAULT, nullptr, 0);
    ::prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
    ::prctl(PR_SET_MEMORY_MERGE, 0, 0, 0, 0);
    ::prctl(PR_MCE_KILL, PR_MCE_KILL_CLEAR, 0, 0, 0);
    // Nothing takes back that memory must not become executable.
    return ::prctl(PR_GET_MDWE, 0, 0, 0, 0) <= 0;
}

/// Guests go first when memory is short: they came on top of what the node does for itself.
bool set_oom_score() {
    constexpr std::string_view score = "500";
    const clusterdisc::FileDescriptor file(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
    return file.is_open() && ::write(file.number(), score.data(), score.size()) > 0;
}

bool set_timer_slack() {
    // As a process of a fresh system has it; 0 would be the parent's.
    constexpr unsigned long nanoseconds = 50'000;
    return ::prctl(PR_SET_TIMERSLACK, nanoseconds, 0, 0, 0) == 0;
}

bool set_personality() {
    return ::personality(PER_LINUX) != -1;
}

bool set_time_stamp_counter() {
    return ::prctl(PR_SET_TSC, PR_TSC_ENABLE, 0, 0, 0) == 0;
}

bool set_rights() {
    // With SECBIT_NO_SETUID_FIXUP the body would keep root's capabilities when it becomes the guest user.
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    return ::prctl(PR_GET_SECUREBITS) == 0 || ::prctl(PR_SET_SECUREBITS, 0) == 0;
}

bool set_keyring() {
    // A new one without a name. There may be no keyrings at all.
    ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr);
    return true;
}

bool set_umask() {
    ::umask(S_IWGRP | S_IWOTH);
    return true;
}

bool set_session() {
    // Signals of a terminal or for a process group are omd's; the program's own come from home.
    return ::setsid() != -1;
}

// NOLINTEND(cppcoreguidelines-pro-type-vararg)

struct Property {
    const char* name;
    bool (*set)();
};

constexpr std::array<Property, 13> properties{
    {{"session", set_session},
     {"keyring", set_keyring},
     {"umask", set_umask},
     {"personality", set_personality},
     {"scheduling", set_scheduling},
     {"processor affinity", set_affinity},
     {"I/O priority", set_io_priority},
     {"memory policy (is MemoryDenyWriteExecute set?)", set_memory_properties},
     {"oom_score_adj", set_oom_score},
     {"timer slack", set_timer_slack},
     {"time stamp counter", set_time_stamp_counter},
     {"secure bits", set_rights},
     {"resource limits", set_limits}}};

}  // namespace

const char* reset_inherited_properties() {
    for (const Property& property : properties) {
        if (!property.set()) {
            return property.name;
        }
    }
    return nullptr;
}

}  // namespace openmosix
