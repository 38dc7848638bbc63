// SPDX-License-Identifier: GPL-2.0-or-later
#include "supervisor/mapped_files.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <string_view>

#include "calls/system_call_table.h"
#include "words.h"

namespace openmosix {

namespace {

enum class How : std::uint8_t {
    /// The descriptor is argument `index`.
    descriptor,
    /// The same, if the command in the next argument copies from another file.
    clone,
    /// The path is argument `index`.
    path,
    /// The same, and flags of open(2) in the argument after it say whether the file is cut.
    open,
    /// The same, with flags in a structure (openat2(2)).
    open_structure,
};

struct WritingCall {
    std::string_view name;
    How how = How::descriptor;
    std::size_t index = 0;
    /// The path is relative to the descriptor before it.
    bool is_at = false;
};

constexpr std::array writing_calls{
    WritingCall{"write"},
    WritingCall{"pwrite64"},
    WritingCall{"writev"},
    WritingCall{"pwritev"},
    WritingCall{"pwritev2"},
    WritingCall{"sendfile"},
    WritingCall{"sendfile64"},
    WritingCall{"ftruncate"},
    WritingCall{"ftruncate64"},
    WritingCall{"fallocate"},
    WritingCall{"copy_file_range", How::descriptor, 2},
    WritingCall{"splice", How::descriptor, 2},
    WritingCall{"ioctl", How::clone},
    WritingCall{"truncate", How::path},
    WritingCall{"truncate64", How::path},
    WritingCall{"creat", How::path},
    WritingCall{"open", How::open},
    WritingCall{"openat", How::open, 1, true},
    WritingCall{"openat2", How::open_structure, 1, true},
};

/// Where in the input that lies to which an argument points.
std::optional<std::size_t> place_of(const CallRequest& request, std::size_t argument) {
    const auto found = std::ranges::find_if(request.relocations, [&](const CallRequest::Relocation& relocation) {
        return relocation.is_argument && relocation.place == argument;
    });
    if (found == request.relocations.end() || found->target >= request.input.size()) {
        return std::nullopt;
    }
    return found->target;
}

bool cuts(const CallRequest& request, const WritingCall& call) {
    std::uint64_t flags = O_TRUNC;
    if (call.how == How::open) {
        flags = request.arguments.at(call.index + 1);
    } else if (call.how == How::open_structure) {
        const auto place = place_of(request, call.index + 1);
        flags =
            place && request.input.size() - *place >= sizeof flags ? word_in(request.input, *place, sizeof flags) : 0;
    }
    return (flags & O_TRUNC) != 0;
}

std::string descriptor_path(pid_t pid, std::uint64_t descriptor) {
    return "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(static_cast<std::int32_t>(descriptor));
}

/// As whoever looks from outside of the process has to name it; empty: none.
std::string path_from_outside(pid_t pid, const CallRequest& request, const WritingCall& call) {
    const auto place = place_of(request, call.index);
    if (!place) {
        return {};
    }
    const auto begin = request.input.begin() + static_cast<std::ptrdiff_t>(*place);
    const std::string path(begin, std::find(begin, request.input.end(), std::uint8_t{0}));
    const std::string process = "/proc/" + std::to_string(pid);
    if (path.starts_with('/')) {
        return process + "/root" + path;
    }
    const auto folder = static_cast<std::int32_t>(call.is_at ? request.arguments.at(call.index - 1) : 0);
    const bool is_current = !call.is_at || folder == AT_FDCWD;
    return (is_current ? process + "/cwd" : descriptor_path(pid, static_cast<std::uint32_t>(folder))) + "/" + path;
}

bool is_clone(std::uint64_t command) {
    const auto number = static_cast<std::uint32_t>(command);
    return number == FICLONE || number == FICLONERANGE;
}

}  // namespace

void MappedFiles::set(pid_t pid, const std::vector<ImageRange>& ranges) {
    pid_ = pid;
    ranges_.clear();
    files_.clear();
    for (const ImageRange& range : ranges) {
        if (range.content == ImageRange::Content::file) {
            ranges_.emplace_back(range.start, range.end);
        }
    }
    is_known_ = ranges_.empty();
}

void MappedFiles::find_files() {
    is_known_ = true;
    for (const auto& [start, end] : ranges_) {
        std::array<char, 64> name{};
        std::snprintf(name.data(), name.size(), "%llx-%llx", static_cast<unsigned long long>(start),
                      static_cast<unsigned long long>(end));
        struct stat status {};
        if (::stat(("/proc/" + std::to_string(pid_) + "/map_files/" + name.data()).c_str(), &status) == 0) {
            files_.emplace(status.st_dev, status.st_ino);
        }
    }
}

bool MappedFiles::has(const std::string& path) {
    struct stat status {};
    if (ranges_.empty() || path.empty() || ::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return false;
    }
    if (!is_known_) {
        find_files();
    }
    return files_.contains({status.st_dev, status.st_ino});
}

bool MappedFiles::are_changed_by(const CallRequest& request, Abi abi) {
    const SystemCall* known = find_system_call(abi, request.number);
    const auto* const call =
        known == nullptr ? writing_calls.end() : std::ranges::find(writing_calls, known->name, &WritingCall::name);
    if (call == writing_calls.end()) {
        return false;
    }
    switch (call->how) {
        case How::clone:
            return is_clone(request.arguments[1]) && has(descriptor_path(pid_, request.arguments[0]));
        case How::descriptor:
            return has(descriptor_path(pid_, request.arguments.at(call->index)));
        case How::path:
        case How::open:
        case How::open_structure:
            return cuts(request, *call) && has(path_from_outside(pid_, request, *call));
    }
    return false;
}

}  // namespace openmosix
