// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/memory_map.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "common/printable_text.h"
#include "freeze/mapping_flags.h"
#include "procfs/process_file.h"

namespace openmosix {

namespace {

constexpr std::size_t max_map = std::size_t{256} << 20U;
constexpr std::size_t max_detailed_map = std::size_t{1} << 30U;
constexpr std::size_t max_shown_line = 200;

/// Takes a line apart from the left.
class Line {
public:
    explicit Line(std::string_view line) : line_(line), rest_(line) {}

    template <typename Number>
    Number number(int base, char after) {
        Number value = 0;
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value, base);
        if (error != std::errc()) {
            fail();
        }
        rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
        if (!rest_.empty() || after != ' ') {
            skip(after);
        }
        return value;
    }
    bool flag(char set) {
        const bool result = !rest_.empty() && rest_.front() == set;
        skip(result ? set : (set == 's' ? 'p' : '-'));
        return result;
    }
    void skip(char wanted) {
        if (rest_.empty() || rest_.front() != wanted) {
            fail();
        }
        rest_.remove_prefix(1);
    }
    std::string rest() {
        while (!rest_.empty() && rest_.front() == ' ') {
            rest_.remove_prefix(1);
        }
        return std::string(rest_);
    }
    [[noreturn]] void fail() const {
        throw std::runtime_error("not a line of a memory map: " + clusterdisc::shown(line_, max_shown_line));
    }

private:
    std::string_view line_;
    std::string_view rest_;
};

MappedRange parse_line(std::string_view text) {
    Line line(text);
    MappedRange range;
    range.start = line.number<std::uint64_t>(16, '-');
    range.end = line.number<std::uint64_t>(16, ' ');
    range.readable = line.flag('r');
    range.writable = line.flag('w');
    range.executable = line.flag('x');
    range.shared = line.flag('s');
    line.skip(' ');
    range.offset = line.number<std::uint64_t>(16, ' ');
    range.device_major = line.number<std::uint32_t>(16, ':');
    range.device_minor = line.number<std::uint32_t>(16, ' ');
    range.inode = line.number<std::uint64_t>(10, ' ');
    range.path = line.rest();
    if (range.start >= range.end) {
        line.fail();
    }
    return range;
}

/// The kernel makes it so by a protection key of its own, on every node.
bool is_execute_only(const MappedRange& range) {
    return range.executable && !range.readable && !range.writable;
}

}  // namespace

std::vector<MappedRange> parse_memory_map(std::string_view text) {
    std::vector<MappedRange> result;
    result.reserve(static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1);
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        if (!line.empty()) {
            result.push_back(parse_line(line));
        }
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return result;
}

std::vector<MappedRange> parse_detailed_map(std::string_view text) {
    constexpr std::string_view flags_key = "VmFlags:";
    constexpr std::string_view key_key = "ProtectionKey:";
    std::vector<MappedRange> result;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.starts_with(key_key) && !result.empty() && !is_execute_only(result.back()) &&
            line.find_first_not_of(" 0", key_key.size()) != std::string_view::npos) {
            result.back().refusal = "memory protection keys";
        }
        // Lines about a mapping begin with a capital letter, its own with a hexadecimal number, whose letters are
        // small.
        if (line.starts_with(flags_key) && !result.empty()) {
            const MappingFlags flags = parse_mapping_flags(line.substr(flags_key.size()));
            result.back().attributes = flags.attributes;
            result.back().refusal = result.back().refusal.empty() ? flags.refusal : result.back().refusal;
        } else if (!line.empty() && (line.front() < 'A' || line.front() > 'Z')) {
            result.push_back(parse_line(line));
        }
    }
    return result;
}

std::vector<MappedRange> read_memory_map(pid_t pid) {
    return parse_memory_map(read_process_file(pid, "maps", max_map));
}

std::vector<MappedRange> read_detailed_map(pid_t pid) {
    return parse_detailed_map(read_process_file(pid, "smaps", max_detailed_map));
}

std::optional<std::uint64_t> find_gap(const std::vector<MappedRange>& map, std::uint64_t size) {
    // Far above what a program may touch by a wrong pointer, and above vm.mmap_min_addr.
    constexpr std::uint64_t lowest = std::uint64_t{16} << 20U;
    constexpr std::uint64_t room_behind = std::uint64_t{64} << 20U;
    std::uint64_t place = lowest;
    for (const MappedRange& range : map) {
        if (size != 0 && range.start >= place && range.start - place >= size + room_behind) {
            return place;
        }
        place = std::max(place, range.end);
    }
    return std::nullopt;
}

bool is_kernel_page(const MappedRange& range) {
    return range.path == "[vdso]" || range.path.starts_with("[vvar");
}

bool belongs_to_kernel(const MappedRange& range) {
    return is_kernel_page(range) || range.path == "[vsyscall]";
}

}  // namespace openmosix
