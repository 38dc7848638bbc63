// SPDX-License-Identifier: GPL-2.0-or-later
#include "load/own_node.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

#include "common/file.h"
#include "load/control_group.h"
#include "procfs/memory_information.h"
#include "procfs/process_stat.h"

namespace openmosix {

namespace {

constexpr std::size_t max_file_size = 65536;
constexpr std::uint64_t kilobytes_of_page = balance::page_size / 1024;

std::string read_proc_file(const std::string& path) {
    const auto text = clusterdisc::read_file(path, max_file_size);
    if (!text) {
        throw std::runtime_error(path + " does not exist: is /proc mounted?");
    }
    return *text;
}

std::uint64_t number_at(std::string_view text, std::size_t position) {
    text.remove_prefix(std::min(position, text.size()));
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::uint32_t pages_of(std::string_view meminfo, std::string_view name) {
    const std::uint64_t kilobytes = kilobytes_of(meminfo, name);
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(kilobytes / kilobytes_of_page, std::numeric_limits<std::uint32_t>::max()));
}

/// How many of these processes run or could run, without the one that asks.
double count_runnable(const auto& pids) {
    return static_cast<double>(std::ranges::count_if(pids, [](pid_t pid) {
        const auto stat = pid == ::getpid() ? std::nullopt : try_to_find_process_stat(pid);
        return stat && stat->state == 'R';
    }));
}

/// The processors that this process may run on, and how many cores these are, by sysfs
/// (Documentation/ABI/testing/sysfs-devices-system-cpu).
balance::Processors find_processors() {
    cpu_set_t set;
    balance::Processors processors;
    if (::sched_getaffinity(0, sizeof set, &set) != 0) {
        return processors;
    }
    std::set<std::pair<std::string, std::string>> cores;
    std::uint16_t threads = 0;
    for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (!CPU_ISSET(cpu, &set)) {
            continue;
        }
        ++threads;
        const std::string topology = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
        const auto core = clusterdisc::read_file(topology + "core_id", max_file_size);
        const auto package = clusterdisc::read_file(topology + "physical_package_id", max_file_size);
        cores.emplace(package.value_or(""), core.value_or("cpu" + std::to_string(cpu)));
    }
    processors.threads = std::max<std::uint16_t>(threads, 1);
    processors.cores = static_cast<std::uint16_t>(std::clamp<std::size_t>(cores.size(), 1, processors.threads));
    return processors;
}

}  // namespace

double parse_runnable(std::string_view loadavg) {
    // "0.10 0.20 0.30 2/345 678"
    const std::size_t slash = loadavg.find('/');
    const std::size_t space = loadavg.rfind(' ', slash);
    if (slash == std::string_view::npos || space == std::string_view::npos) {
        return 0;
    }
    const std::uint64_t runnable = number_at(loadavg, space);
    return runnable > 0 ? static_cast<double>(runnable - 1) : 0;
}

MemoryPages parse_memory(std::string_view meminfo) {
    MemoryPages memory{.total = pages_of(meminfo, "MemTotal"), .free = pages_of(meminfo, "MemAvailable")};
    memory.free = std::min(memory.free, memory.total);
    return memory;
}

OwnNode::OwnNode(std::string group, const std::string& root) : group_(std::move(group)) {
    state_.processors = find_processors();
    // The second is where the controllers have hierarchies of their own (cgroup v1).
    const std::array directories = group_.empty() ? std::array{root, root + "/cpu"} : std::array{group_, group_};
    for (const std::string& directory : directories) {
        if (const auto limit = processor_limit(directory)) {
            state_.processors.limit = *limit;
            break;
        }
    }
    state_.abis = static_cast<std::uint8_t>(balance::Abi::i386);
    if (sizeof(long) == 8) {
        state_.abis |= static_cast<std::uint8_t>(balance::Abi::amd64);
    }
    look_at_memory();
}

double OwnNode::runnable() const {
    if (group_.empty()) {
        return parse_runnable(read_proc_file("/proc/loadavg"));
    }
    return count_runnable(processes_in(group_));
}

void OwnNode::sample(clusterdisc::Instant now, const std::set<pid_t>& others) {
    const double all = runnable();
    load_.sample(now, all);
    own_load_.sample(now, std::max(all - count_runnable(others), 0.0));
    look_at_memory();
}

void OwnNode::look_at_memory() {
    const MemoryPages memory = parse_memory(read_proc_file("/proc/meminfo"));
    state_.total_pages = memory.total;
    state_.free_pages = memory.free;
}

balance::NodeState OwnNode::state(clusterdisc::Instant now) const {
    balance::NodeState state = state_;
    state.runnable_hundredths = balance::to_hundredths(load_.value(now));
    return state;
}

}  // namespace openmosix
