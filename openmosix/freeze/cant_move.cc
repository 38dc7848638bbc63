// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/cant_move.h"

#include <dirent.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "common/file.h"
#include "common/printable_text.h"
#include "procfs/process_file.h"
#include "procfs/process_stat.h"
#include "procfs/process_status.h"

namespace openmosix {

namespace {

constexpr std::size_t max_list_of_children = std::size_t{1} << 20U;
constexpr std::size_t max_shown_path = 200;
/// SCHED_EXT of linux/sched.h (6.12): ordinary processes under a scheduler that was loaded.
constexpr unsigned sched_ext = 7;
/// PF_KTHREAD of include/linux/sched.h.
constexpr std::uint64_t is_kernel_thread = 0x00200000;

/// The reasons that were found, one for each word, however many mappings or files have it.
class Reasons {
public:
    void add(std::string_view word, const std::string& explanation) {
        const auto known = std::ranges::find(reasons_, word, &Reason::word);
        if (known != reasons_.end()) {
            ++known->more;
            return;
        }
        reasons_.push_back({std::string(word), explanation, 0});
    }
    void add_when(bool condition, std::string_view word, const std::string& explanation) {
        if (condition) {
            add(word, explanation);
        }
    }
    [[nodiscard]] std::vector<std::string> texts() const {
        std::vector<std::string> result;
        for (const Reason& reason : reasons_) {
            result.push_back(reason.word + (reason.explanation.empty() ? "" : ": " + reason.explanation) +
                             (reason.more == 0 ? "" : ", and " + std::to_string(reason.more) + " more"));
        }
        return result;
    }

private:
    struct Reason {
        std::string word;
        std::string explanation;
        std::size_t more = 0;
    };
    std::vector<Reason> reasons_;
};

std::string kilobytes(std::uint64_t value, const char* name) {
    return std::to_string(value) + " kB (" + name + ")";
}

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> beginnings) {
    return std::ranges::any_of(beginnings, [&](std::string_view beginning) { return text.starts_with(beginning); });
}

/// None for those without promises about time.
std::string real_time_scheduler(unsigned scheduler) {
    switch (scheduler) {
        case SCHED_OTHER:
        case SCHED_BATCH:
        case SCHED_IDLE:
        case sched_ext:
            return {};
        case SCHED_FIFO:
            return "SCHED_FIFO";
        case SCHED_RR:
            return "SCHED_RR";
        case SCHED_DEADLINE:
            return "SCHED_DEADLINE";
        default:
            return "scheduler " + std::to_string(scheduler);
    }
}

/// What files of the kernel's own, without a place in a folder, have instead of a path.
std::string_view kind_of_anonymous_file(std::string_view path) {
    for (const std::string_view kind : {"userfaultfd", "io_uring", "perf_event"}) {
        if (path == "anon_inode:[" + std::string(kind) + "]") {
            return kind;
        }
    }
    return path.starts_with("anon_inode:kvm-") ? "kvm" : std::string_view();
}

void add_reason_of(const MappedRange& range, Reasons& reasons) {
    std::ostringstream hexadecimal;
    hexadecimal << std::hex << range.start;
    const std::string place = " at 0x" + hexadecimal.str();
    const std::string_view path = range.path;
    // How the kernel calls memory of mmap(2) with MAP_SHARED and MAP_ANONYMOUS.
    const bool is_anonymous = range.path.empty() || path == "/dev/zero (deleted)" || path.starts_with("[anon_shmem:");
    const std::string what =
        (is_anonymous ? "of anonymous memory" : clusterdisc::shown(range.path, max_shown_path)) + place;
    if (range.shared && path.starts_with("/SYSV")) {
        reasons.add("system v shared memory", what);
    } else if (path.starts_with("/[aio]")) {
        reasons.add("asynchronous i/o", "its ring is mapped" + place);
    } else if (path.starts_with("anon_inode:")) {
        const std::string_view kind = kind_of_anonymous_file(path);
        reasons.add(kind.empty() ? "device mapping" : kind, "mapping " + what);
    } else if (starts_with_any(path, {"/anon_hugepage", "/dev/hugepages"})) {
        reasons.add("huge pages", "mapping " + what);
    } else if (starts_with_any(path, {"/dev/", "/sys/", "/proc/"}) &&
               !starts_with_any(path, {"/dev/zero", "/dev/shm/"})) {
        reasons.add("device mapping", what);
    } else if (range.shared && range.writable) {
        reasons.add("shared memory", "writable shared mapping " + what);
    } else if (range.shared && starts_with_any(path, {"/dev/zero", "/dev/shm/"})) {
        // There is no other use of it than that another process writes into it.
        reasons.add("shared memory", "shared mapping " + what);
    } else if (!range.refusal.empty() && !is_kernel_page(range)) {
        reasons.add(range.refusal, "mapping " + what);
    }
}

/// Its own part of the address space of which children and parents are, too.
bool is_memory_shared(pid_t one, pid_t other) {
    return ::syscall(SYS_kcmp, one, other, KCMP_VM, 0, 0) == 0;
}

/// Kernels without CONFIG_PROC_CHILDREN or CONFIG_KCMP do not tell: none.
pid_t relative_with_same_memory(pid_t pid, pid_t parent) {
    if (parent != 0 && is_memory_shared(pid, parent)) {
        return parent;
    }
    const std::string thread = std::to_string(pid);
    const auto list = clusterdisc::read_file("/proc/" + thread + "/task/" + thread + "/children", max_list_of_children);
    std::istringstream children(list.value_or(""));
    for (pid_t child = 0; children >> child;) {
        if (is_memory_shared(pid, child)) {
            return child;
        }
    }
    return 0;
}

std::vector<std::string> read_files(pid_t pid) {
    std::vector<std::string> result;
    const std::string folder = "/proc/" + std::to_string(pid) + "/fd";
    const auto close = [](DIR* open) { ::closedir(open); };
    const std::unique_ptr<DIR, decltype(close)> list(::opendir(folder.c_str()), close);
    if (!list) {
        if (errno == ENOENT || errno == ESRCH) {
            throw no_such_process(pid);
        }
        throw std::system_error(errno, std::generic_category(), "cannot open " + folder);
    }
    while (const dirent* entry = ::readdir(list.get())) {
        std::array<char, 256> target{};
        const std::string path = folder + "/" + static_cast<const char*>(entry->d_name);
        const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
        if (size > 0) {
            result.emplace_back(target.data(), static_cast<std::size_t>(size));
        }
    }
    return result;
}

}  // namespace

std::vector<std::string> reasons_to_stay(const ProcessFacts& facts) {
    Reasons reasons;
    if (facts.pid == 1 || facts.is_kernel_thread) {
        reasons.add("system process", facts.pid == 1 ? "it is init" : "it is a kernel thread");
        return reasons.texts();
    }
    if (!facts.has_program) {
        reasons.add("ended", "only its parent has not waited for it yet");
        return reasons.texts();
    }
    reasons.add_when(facts.threads > 1, "threads", "it has " + std::to_string(facts.threads) + " threads");
    reasons.add_when(facts.shares_memory_with != 0, "shared address space",
                     "process " + std::to_string(facts.shares_memory_with) + " runs in it, too");
    reasons.add_when(facts.nested_pid_namespaces != 0, "pid namespace",
                     "it is in a container that numbers its processes by itself");
    reasons.add_when(facts.tracer != 0, "traced by " + std::to_string(facts.tracer), "");
    reasons.add_when(facts.seccomp != 0, "seccomp",
                     facts.seccomp == 1 ? "it may only read, write and end" : "it has a filter of its own");
    reasons.add_when(facts.locked_kilobytes != 0, "locked memory", kilobytes(facts.locked_kilobytes, "VmLck"));
    reasons.add_when(facts.pinned_kilobytes != 0, "pinned memory", kilobytes(facts.pinned_kilobytes, "VmPin"));
    reasons.add_when(facts.huge_page_kilobytes != 0, "huge pages",
                     kilobytes(facts.huge_page_kilobytes, "HugetlbPages"));
    const std::string scheduler = real_time_scheduler(facts.scheduler);
    reasons.add_when(!scheduler.empty(), "real-time scheduling", scheduler);
    for (const MappedRange& range : facts.map) {
        add_reason_of(range, reasons);
    }
    for (const std::string& file : facts.files) {
        const std::string_view kind = kind_of_anonymous_file(file);
        reasons.add_when(!kind.empty(), kind, "it has " + file + " open");
    }
    return reasons.texts();
}

std::vector<std::string> reasons_to_stay(const std::vector<MappedRange>& map) {
    Reasons reasons;
    for (const MappedRange& range : map) {
        add_reason_of(range, reasons);
    }
    return reasons.texts();
}

ProcessFacts read_process_facts(pid_t pid) {
    ProcessFacts facts;
    const ProcessStatus status = read_process_status(pid);
    if (status.thread_group != pid) {
        throw std::runtime_error(std::to_string(pid) + " is a thread of process " +
                                 std::to_string(status.thread_group));
    }
    const ProcessStat stat = read_process_stat(pid);
    facts.pid = pid;
    facts.is_kernel_thread = (stat.flags & is_kernel_thread) != 0;
    facts.has_program = status.has_memory;
    facts.threads = status.threads;
    facts.nested_pid_namespaces = status.nested_pid_namespaces;
    facts.tracer = status.tracer;
    facts.seccomp = status.seccomp;
    facts.locked_kilobytes = status.locked_kilobytes;
    facts.pinned_kilobytes = status.pinned_kilobytes;
    facts.huge_page_kilobytes = status.huge_page_kilobytes;
    facts.scheduler = stat.policy;
    // Of the system's own processes the rest does not matter, and some systems let nobody read it.
    if (facts.has_program && pid != 1) {
        facts.shares_memory_with = relative_with_same_memory(pid, status.parent);
        facts.map = read_memory_map(pid);
        facts.files = read_files(pid);
    }
    return facts;
}

ProcessFacts read_process_facts(pid_t pid, pid_t tracer) {
    ProcessFacts facts = read_process_facts(pid);
    if (facts.tracer == tracer) {
        facts.tracer = 0;
    }
    return facts;
}

std::vector<std::string> reasons_to_stay(pid_t pid) {
    return reasons_to_stay(read_process_facts(pid));
}

}  // namespace openmosix
