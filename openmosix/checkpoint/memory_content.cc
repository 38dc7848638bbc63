// SPDX-License-Identifier: GPL-2.0-or-later
#include "checkpoint/memory_content.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <map>
#include <system_error>

#include "common/file_descriptor.h"
#include "memory/present_pages.h"

namespace openmosix {

namespace {

// Documentation/admin-guide/mm/pagemap.rst: bit 63 present, bit 62 swapped, bit 61 a page of a file.
constexpr std::uint64_t has_content = std::uint64_t{3} << 62U;
constexpr std::uint64_t is_of_file = std::uint64_t{1} << 61U;
/// How many are looked at in one step.
constexpr std::uint64_t pages_of_look = 4096;

std::string link_of(pid_t pid, const ImageRange& range) {
    std::array<char, 64> name{};
    std::snprintf(name.data(), name.size(), "%llx-%llx", static_cast<unsigned long long>(range.start),
                  static_cast<unsigned long long>(range.end));
    return "/proc/" + std::to_string(pid) + "/map_files/" + name.data();
}

/// None when the mapping's file is not what has its name now.
bool find_file(pid_t pid, const ImageRange& range, ImageMappedFile& file) {
    const std::string link = link_of(pid, range);
    std::error_code error;
    file.path = std::filesystem::read_symlink(link, error).string();
    struct stat mapped {};
    struct stat named {};
    if (error || ::stat(link.c_str(), &mapped) != 0 || ::stat(file.path.c_str(), &named) != 0 ||
        !S_ISREG(named.st_mode) || mapped.st_dev != named.st_dev || mapped.st_ino != named.st_ino) {
        return false;
    }
    constexpr std::int64_t second = 1'000'000'000;
    file.size = static_cast<std::uint64_t>(named.st_size);
    file.modified = std::int64_t{named.st_mtim.tv_sec} * second + named.st_mtim.tv_nsec;
    return true;
}

bool is_zero(std::span<const std::uint8_t> page) {
    return std::ranges::all_of(page, [](std::uint8_t byte) { return byte == 0; });
}

class PageWriting {
public:
    PageWriting(pid_t pid, const MemoryFile& memory, ImageWriter& writer)
        : path_("/proc/" + std::to_string(pid) + "/pagemap"), present_(pid), memory_(memory), writer_(writer),
          file_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)), buffer_(max_pages_of_run * page_size) {
        if (!file_.is_open()) {
            throw std::system_error(errno, std::generic_category(), path_);
        }
    }

    /// At most pages_of_look pages.
    /// No page before what is returned has a content (PresentPages::first_from()).
    std::uint64_t first_from(std::uint64_t start, std::uint64_t end) { return present_.first_from(start, end); }
    void write(std::uint64_t start, std::uint64_t end, bool is_named, bool is_nameless) {
        std::vector<std::uint64_t> entries(static_cast<std::size_t>((end - start) / page_size));
        const std::size_t size = entries.size() * sizeof(std::uint64_t);
        const ssize_t got = ::pread64(file_.number(), entries.data(), size,
                                      static_cast<off64_t>(start / page_size * sizeof(std::uint64_t)));
        const bool is_known = got == static_cast<ssize_t>(size) && !is_nameless;
        const auto is_wanted = [&](std::uint64_t address) {
            const std::uint64_t entry = entries.at(static_cast<std::size_t>((address - start) / page_size));
            // What cannot be known is taken as there: reading it will tell.
            return !is_known || ((entry & has_content) != 0 && !(is_named && (entry & is_of_file) != 0));
        };
        for (std::uint64_t from = start; from < end;) {
            std::uint64_t to = from;
            while (to < end && is_wanted(to) && to - from < max_pages_of_run * page_size) {
                to += page_size;
            }
            if (to > from) {
                write_run(from, to, !is_named);
            }
            from = std::max(to, from + page_size);
        }
    }

private:
    void write_run(std::uint64_t start, std::uint64_t end, bool zeros_are_nothing) {
        const auto bytes = std::span(buffer_).first(static_cast<std::size_t>(end - start));
        std::size_t first = 0;
        for (std::size_t place = 0; place < bytes.size();) {
            // What cannot be read lies beyond the end of a file, or was given up (madvise(2), guard regions).
            const std::size_t got = memory_.read_some(start + place, bytes.subspan(place));
            const std::size_t good = got - got % static_cast<std::size_t>(page_size);
            for (const std::size_t until = place + good; place < until; place += page_size) {
                if (zeros_are_nothing && is_zero(bytes.subspan(place, page_size))) {
                    put(start, bytes, first, place);
                    first = place + page_size;
                }
            }
            if (place < bytes.size()) {
                put(start, bytes, first, place);
                place += page_size;
                first = place;
            }
        }
        put(start, bytes, first, bytes.size());
    }
    void put(std::uint64_t start, std::span<const std::uint8_t> bytes, std::size_t first, std::size_t end) {
        if (end > first) {
            writer_.add_run(start + first, bytes.subspan(first, end - first));
        }
    }

    std::string path_;
    PresentPages present_;
    const MemoryFile& memory_;
    ImageWriter& writer_;
    clusterdisc::FileDescriptor file_;
    Bytes buffer_;
};

}  // namespace

NamedMappings name_mappings(pid_t pid, std::vector<ImageRange>& ranges) {
    NamedMappings result;
    std::map<std::string, ImageMappedFile> files;
    for (ImageRange& range : ranges) {
        if (range.content != ImageRange::Content::file) {
            continue;
        }
        ImageMappedFile file;
        if (find_file(pid, range, file)) {
            range.path = file.path;
            files[file.path] = file;
        } else {
            result.nameless.add(range.start, range.end);
            range.content = ImageRange::Content::anonymous;
            range.path.clear();
            range.offset = 0;
        }
    }
    for (auto& [path, file] : files) {
        result.files.push_back(std::move(file));
    }
    return result;
}

void write_memory(pid_t pid, const MemoryFile& memory, const std::vector<ImageRange>& ranges,
                  const PageRanges& nameless, ImageWriter& writer, const std::function<void()>& keep_on) {
    PageWriting writing(pid, memory, writer);
    for (const ImageRange& range : ranges) {
        const bool is_nameless = nameless.contains(range.start);
        for (std::uint64_t start = range.start; start < range.end;) {
            keep_on();
            start = is_nameless ? start : writing.first_from(start, range.end);
            const std::uint64_t end = std::min(range.end, start + pages_of_look * page_size);
            if (start < end) {
                writing.write(start, end, range.content == ImageRange::Content::file, is_nameless);
            }
            start = end;
        }
    }
}

}  // namespace openmosix
