// SPDX-License-Identifier: GPL-2.0-or-later
#include "load/control_group.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>
#include <system_error>

#include "common/file.h"

namespace openmosix {

namespace {

constexpr std::size_t max_size = std::size_t{4} << 20U;
constexpr std::uint64_t hundred = 100;

std::optional<std::uint64_t> parse_number(std::string_view text) {
    while (text.ends_with('\n')) {
        text.remove_suffix(1);
    }
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

std::string read(const std::string& path) {
    try {
        return clusterdisc::read_file(path, max_size).value_or("");
    } catch (const std::system_error&) {
        // The group was removed, or is of a kind that does not have this.
        return {};
    }
}

void add_processes(std::string_view content, std::vector<pid_t>& processes) {
    while (!content.empty()) {
        const std::string_view line = content.substr(0, content.find('\n'));
        content.remove_prefix(std::min(content.size(), line.size() + 1));
        const auto pid = parse_number(line);
        // 0: of another pid namespace.
        if (pid && *pid > 0 && *pid <= static_cast<std::uint64_t>(std::numeric_limits<pid_t>::max())) {
            processes.push_back(static_cast<pid_t>(*pid));
        }
    }
}

}  // namespace

std::optional<std::uint32_t> parse_processor_limit(std::string_view quota, std::string_view period) {
    const auto time = parse_number(quota);
    const auto per = parse_number(period);
    constexpr std::uint64_t max_time = std::uint64_t{1} << 40U;
    if (!time || !per || *per == 0 || *time > max_time) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(
        std::clamp<std::uint64_t>(*time * hundred / *per, 1, hundred * hundred * hundred));
}

std::optional<std::uint32_t> parse_processor_limit(std::string_view cpu_max) {
    const std::size_t space = cpu_max.find(' ');
    return space == std::string_view::npos ? std::nullopt
                                           : parse_processor_limit(cpu_max.substr(0, space), cpu_max.substr(space + 1));
}

std::optional<std::uint32_t> processor_limit(const std::string& directory) {
    const auto limit = parse_processor_limit(read(directory + "/cpu.max"));
    return limit ? limit
                 : parse_processor_limit(read(directory + "/cpu.cfs_quota_us"), read(directory + "/cpu.cfs_period_us"));
}

std::vector<pid_t> processes_in(const std::string& directory) {
    std::vector<pid_t> processes;
    add_processes(read(directory + "/cgroup.procs"), processes);
    std::error_code error;
    using Iterator = std::filesystem::recursive_directory_iterator;
    for (auto entry = Iterator(directory, error); !error && entry != Iterator(); entry.increment(error)) {
        if (entry->path().filename() == "cgroup.procs") {
            add_processes(read(entry->path()), processes);
        }
    }
    std::ranges::sort(processes);
    processes.erase(std::unique(processes.begin(), processes.end()), processes.end());
    return processes;
}

std::string systemd_group(std::string_view content) {
    std::string unified;
    std::string named;
    while (!content.empty()) {
        const std::string_view line = content.substr(0, content.find('\n'));
        content.remove_prefix(std::min(content.size(), line.size() + 1));
        constexpr std::string_view systemd = ":name=systemd:";
        if (line.starts_with("0::")) {
            unified = line.substr(3);
        } else if (const std::size_t found = line.find(systemd); found != std::string_view::npos) {
            named = line.substr(found + systemd.size());
        }
    }
    return unified.empty() || unified == "/" ? named : unified;
}

}  // namespace openmosix
