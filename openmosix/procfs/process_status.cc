// SPDX-License-Identifier: GPL-2.0-or-later
#include "procfs/process_status.h"

#include <algorithm>
#include <charconv>
#include <concepts>
#include <iterator>
#include <span>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "procfs/process_file.h"

namespace openmosix {

namespace {

/// NGROUPS_MAX groups of ten digits each, and the rest.
constexpr std::size_t max_status_size = std::size_t{1} << 20U;
constexpr int decimal = 10;
constexpr int hexadecimal = 16;
constexpr int octal = 8;

/// Takes the next number off the text, and the white space before it.
template <std::integral Number>
bool take_number(std::string_view& text, Number& number, int base = decimal) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return error == std::errc();
}

template <std::integral Number>
bool parse_number(std::string_view text, Number& number, int base = decimal) {
    return take_number(text, number, base) && text.empty();
}

bool parse_kilobytes(std::string_view text, std::uint64_t& kilobytes) {
    return take_number(text, kilobytes) && text == " kB";
}

bool parse_ids(std::string_view text, std::span<std::uint32_t> ids) {
    return std::ranges::all_of(ids, [&](std::uint32_t& id) { return take_number(text, id); }) && text.empty();
}

bool parse_groups(std::string_view text, std::vector<gid_t>& groups) {
    for (gid_t group = 0; text.find_first_not_of(' ') != std::string_view::npos; groups.push_back(group)) {
        if (!take_number(text, group)) {
            return false;
        }
    }
    return true;
}

/// Numbers of the process, of which the first is the one in our namespace, and each other one in one below it.
bool parse_namespaces(std::string_view text, unsigned& nested) {
    nested = 0;
    for (pid_t number = 0; text.find_first_not_of('\t') != std::string_view::npos; ++nested) {
        if (!take_number(text, number)) {
            return false;
        }
    }
    nested = nested == 0 ? 0 : nested - 1;
    return true;
}

/// The inverse of the kernel's proc_task_name(), which escapes line ends and backslashes.
std::string unescape(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const bool is_line_end = text.starts_with("\\n");
        const bool is_escaped = is_line_end || text.starts_with("\\\\");
        result += is_line_end ? '\n' : text.front();
        text.remove_prefix(is_escaped ? 2 : 1);
    }
    return result;
}

/// Lines that all kernels write for all processes.
constexpr std::array<std::string_view, 16> required{"Name",   "Tgid",    "PPid",   "TracerPid", "Uid",    "Gid",
                                                    "Groups", "Threads", "SigPnd", "ShdPnd",    "SigBlk", "SigIgn",
                                                    "SigCgt", "CapInh",  "CapPrm", "CapEff"};

/// True also for lines that do not matter.
bool parse_line(std::string_view key, std::string_view value, ProcessStatus& status) {
    const auto bits = [&](BitSet& set) { return parse_number(value, set, hexadecimal); };
    if (key == "Name") {
        status.name = unescape(value);
        return true;
    }
    if (key == "Umask") {
        return parse_number(value, status.umask.emplace(), octal);
    }
    if (key == "Tgid") {
        return parse_number(value, status.thread_group);
    }
    if (key == "NSpid") {
        return parse_namespaces(value, status.nested_pid_namespaces);
    }
    if (key == "PPid") {
        return parse_number(value, status.parent);
    }
    if (key == "TracerPid") {
        return parse_number(value, status.tracer);
    }
    if (key == "Uid") {
        return parse_ids(value, status.users);
    }
    if (key == "Gid") {
        return parse_ids(value, status.groups);
    }
    if (key == "Groups") {
        return parse_groups(value, status.supplementary_groups);
    }
    if (key == "Threads") {
        return parse_number(value, status.threads);
    }
    if (key == "Seccomp") {
        return parse_number(value, status.seccomp);
    }
    if (key == "VmSize") {
        status.has_memory = true;
        return true;
    }
    const std::array<std::pair<std::string_view, std::uint64_t*>, 5> sizes{
        {{"RssAnon", &status.anonymous_kilobytes},
         {"VmSwap", &status.swapped_kilobytes},
         {"VmLck", &status.locked_kilobytes},
         {"VmPin", &status.pinned_kilobytes},
         {"HugetlbPages", &status.huge_page_kilobytes}}};
    const auto* const size = std::ranges::find(sizes, key, &std::pair<std::string_view, std::uint64_t*>::first);
    if (size != sizes.end()) {
        return parse_kilobytes(value, *size->second);
    }
    const std::array<std::pair<std::string_view, BitSet*>, 9> sets{{{"SigPnd", &status.pending},
                                                                    {"ShdPnd", &status.shared_pending},
                                                                    {"SigBlk", &status.blocked},
                                                                    {"SigIgn", &status.ignored},
                                                                    {"SigCgt", &status.caught},
                                                                    {"CapInh", status.capabilities.data()},
                                                                    {"CapPrm", &status.capabilities[1]},
                                                                    {"CapEff", &status.capabilities[2]},
                                                                    {"CapAmb", &status.capabilities[3]}}};
    const auto* const set = std::ranges::find(sets, key, &std::pair<std::string_view, BitSet*>::first);
    return set == sets.end() || bits(*set->second);
}

}  // namespace

std::optional<ProcessStatus> parse_process_status(std::string_view text) {
    ProcessStatus status;
    std::vector<std::string_view> seen;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::size_t colon = text.find(":\t");
        if (end == std::string_view::npos || colon >= end) {
            return std::nullopt;
        }
        const std::string_view key = text.substr(0, colon);
        const std::string_view value = text.substr(colon + 2, end - colon - 2);
        if (std::ranges::find(required, key) != required.end()) {
            if (std::ranges::find(seen, key) != seen.end()) {
                return std::nullopt;
            }
            seen.push_back(key);
        }
        if (!parse_line(key, value, status)) {
            return std::nullopt;
        }
        text.remove_prefix(end + 1);
    }
    return seen.size() == required.size() ? std::optional(std::move(status)) : std::nullopt;
}

std::optional<ProcessStatus> find_process_status(pid_t pid) {
    const auto text = find_process_file(pid, "status", max_status_size);
    if (!text) {
        return std::nullopt;
    }
    auto status = parse_process_status(*text);
    if (!status) {
        throw std::runtime_error("/proc/" + std::to_string(pid) + "/status has another format than this program knows");
    }
    return status;
}

std::optional<ProcessStatus> try_to_find_process_status(pid_t pid) {
    try {
        return find_process_status(pid);
    } catch (const std::runtime_error&) {
        return std::nullopt;
    }
}

ProcessStatus read_process_status(pid_t pid) {
    auto status = find_process_status(pid);
    if (!status) {
        throw no_such_process(pid);
    }
    return *std::move(status);
}

}  // namespace openmosix
