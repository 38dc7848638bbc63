// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/cant_move.h"

#include <dirent.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "common/file.h"

namespace openmosix {

namespace {

constexpr std::size_t longest_status = std::size_t{64} << 10U;

std::string hexadecimal(std::uint64_t value) {
    std::ostringstream text;
    text << "0x" << std::hex << value;
    return text.str();
}

const char* scheduler_name(int scheduler) {
    switch (scheduler & ~SCHED_RESET_ON_FORK) {
        case SCHED_FIFO:
            return "SCHED_FIFO";
        case SCHED_RR:
            return "SCHED_RR";
        default:
            return "SCHED_DEADLINE";
    }
}

std::string reason_of_range(const MappedRange& range) {
    const std::string where = " at " + hexadecimal(range.start);
    if (range.path.starts_with("/SYSV")) {
        return "system v shared memory: " + range.path + where;
    }
    if (range.path.starts_with("/[aio]")) {
        return "asynchronous i/o: its ring is mapped" + where;
    }
    if (range.path.starts_with("anon_inode:")) {
        return range.path.substr(11) + ": mapped" + where;
    }
    if (range.path.starts_with("/dev/") && !range.path.starts_with("/dev/zero") && !range.path.starts_with("/dev/shm/")) {
        return "device mapping: " + range.path + where;
    }
    if (range.path.starts_with("/anon_hugepage") || range.path.starts_with("/dev/hugepages")) {
        return "huge pages: " + range.path + where;
    }
    if (range.shared && (range.writable || range.path.starts_with("/dev/zero") || range.path.starts_with("/dev/shm/"))) {
        return "shared memory: " + (range.path.empty() ? "without a name" : range.path) + where;
    }
    return {};
}

std::string reason_of_file(const std::string& file) {
    for (const char* kind : {"userfaultfd", "io_uring", "perf_event", "kvm-vm"}) {
        if (file.starts_with(std::string("anon_inode:[") + kind) || file == std::string("anon_inode:") + kind) {
            return std::string(kind) + ": it has one open";
        }
    }
    return {};
}

std::vector<std::string> read_files(pid_t pid) {
    std::vector<std::string> result;
    const std::string folder = "/proc/" + std::to_string(pid) + "/fd";
    const auto close = [](DIR* open) { ::closedir(open); };
    const std::unique_ptr<DIR, decltype(close)> list(::opendir(folder.c_str()), close);
    while (const dirent* entry = list ? ::readdir(list.get()) : nullptr) {
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
    std::vector<std::string> reasons;
    const auto add = [&](std::string reason) {
        if (!reason.empty()) {
            reasons.push_back(std::move(reason));
        }
    };
    if (facts.pid == 1 || !facts.has_program) {
        add(facts.pid == 1 ? "system: it is init" : "system: it is a kernel thread, or it has ended");
        return reasons;
    }
    add(facts.threads > 1 ? "threads: it has " + std::to_string(facts.threads) : "");
    add(facts.tracer != 0 ? "traced by " + std::to_string(facts.tracer) : "");
    add(facts.seccomp != 0 ? "seccomp: it has a filter of its own" : "");
    add(facts.locked_kilobytes != 0 ? "locked memory: " + std::to_string(facts.locked_kilobytes) + " kB" : "");
    const int scheduler = facts.scheduler & ~SCHED_RESET_ON_FORK;
    const bool is_ordinary = scheduler == SCHED_OTHER || scheduler == SCHED_BATCH || scheduler == SCHED_IDLE;
    add(is_ordinary ? "" : std::string("real-time scheduling: ") + scheduler_name(facts.scheduler));
    for (const MappedRange& range : facts.map) {
        add(reason_of_range(range));
    }
    for (const std::string& file : facts.files) {
        add(reason_of_file(file));
    }
    return reasons;
}

ProcessFacts read_process_facts(pid_t pid) {
    const auto text = clusterdisc::read_file("/proc/" + std::to_string(pid) + "/status", longest_status);
    if (!text) {
        throw std::runtime_error("process " + std::to_string(pid) + " does not exist");
    }
    ProcessFacts facts;
    facts.pid = pid;
    facts.has_program = false;
    std::istringstream status(*text);
    for (std::string line; std::getline(status, line);) {
        std::istringstream rest(line);
        std::string key;
        std::uint64_t value = 0;
        rest >> key >> value;
        if (key == "Threads:") {
            facts.threads = static_cast<unsigned>(value);
        } else if (key == "TracerPid:") {
            facts.tracer = static_cast<pid_t>(value);
        } else if (key == "Seccomp:") {
            facts.seccomp = static_cast<unsigned>(value);
        } else if (key == "VmLck:") {
            facts.locked_kilobytes = value;
        } else if (key == "VmSize:") {
            facts.has_program = true;
        }
    }
    facts.scheduler = ::sched_getscheduler(pid);
    if (facts.has_program) {
        facts.map = read_memory_map(pid);
        facts.files = read_files(pid);
    }
    return facts;
}

std::vector<std::string> reasons_to_stay(pid_t pid) { return reasons_to_stay(read_process_facts(pid)); }

}  // namespace openmosix
