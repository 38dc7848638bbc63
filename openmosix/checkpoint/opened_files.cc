// SPDX-License-Identifier: GPL-2.0-or-later
#include "checkpoint/opened_files.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "common/printable_text.h"

namespace openmosix {

namespace {

/// The flags of open(2) that say how a file is open, and not what becomes of it: an image may have any.
constexpr std::uint32_t harmless_flags = O_ACCMODE | O_APPEND | O_NONBLOCK | O_DSYNC | O_SYNC | O_NOATIME | O_DIRECT;
constexpr std::size_t max_path_in_error = 4096;

[[noreturn]] void fail(const std::string& path, const std::string& what) {
    throw std::runtime_error(clusterdisc::shown(path, max_path_in_error) + ": " + what);
}

std::string error_text() {
    return std::generic_category().message(errno);
}

/// Above all that the process has, so that it is in nobody's way.
clusterdisc::FileDescriptor lift(const clusterdisc::FileDescriptor& file, int least, int command,
                                 const std::string& path) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    clusterdisc::FileDescriptor lifted(::fcntl(file.number(), command, least));
    if (!lifted.is_open()) {
        fail(path, "no descriptor for it is to be had (ulimit -n): " + error_text());
    }
    return lifted;
}

clusterdisc::FileDescriptor open_again(const ImageOpenFile& file) {
    const auto flags = static_cast<int>(file.flags & harmless_flags);
    const std::string which = "descriptor " + std::to_string(file.descriptor);
    // What a file has become meanwhile is looked at first: opening a pipe may wait, opening a device may do something.
    const clusterdisc::FileDescriptor found(::open(file.path.c_str(), O_PATH | O_CLOEXEC));
    struct stat status {};
    if (!found.is_open() || ::fstat(found.number(), &status) != 0) {
        fail(file.path, "cannot be opened as " + which + ": " + error_text());
    }
    const bool is_null = S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
    if (!S_ISREG(status.st_mode) && !is_null) {
        fail(file.path, "was a regular file when the image was written, and is none now");
    }
    clusterdisc::FileDescriptor opened(
        ::open(("/proc/self/fd/" + std::to_string(found.number())).c_str(), flags | O_CLOEXEC | O_NOCTTY));
    if (!opened.is_open()) {
        fail(file.path, "cannot be opened as " + which + ": " + error_text());
    }
    if (is_null) {
        return opened;
    }
    if (static_cast<std::uint64_t>(status.st_size) < file.size) {
        fail(file.path, "has " + std::to_string(status.st_size) + " bytes, but had " + std::to_string(file.size) +
                            " when the image was written; restore it first");
    }
    if (::lseek64(opened.number(), static_cast<off64_t>(file.offset), SEEK_SET) < 0) {
        fail(file.path, "cannot go on at " + std::to_string(file.offset) + ": " + error_text());
    }
    return opened;
}

clusterdisc::FileDescriptor open_mapped(const ImageMappedFile& file) {
    clusterdisc::FileDescriptor opened(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat status {};
    if (!opened.is_open() || ::fstat(opened.number(), &status) != 0) {
        fail(file.path, "is mapped in the process, and cannot be opened: " + error_text());
    }
    constexpr std::int64_t second = 1'000'000'000;
    const std::int64_t modified = std::int64_t{status.st_mtim.tv_sec} * second + status.st_mtim.tv_nsec;
    if (!S_ISREG(status.st_mode) || static_cast<std::uint64_t>(status.st_size) != file.size ||
        modified != file.modified) {
        fail(file.path, "is mapped in the process, and has changed since the image was written");
    }
    return opened;
}

/// As many as we may have. Returns the limit that was. Where that fails, what fails for lack of descriptors says so.
rlimit raise_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        throw std::system_error(errno, std::generic_category(), "limit of descriptors");
    }
    const rlimit raised{limit.rlim_max, limit.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &raised);
    return limit;
}

bool close_between(int after, int before) {
    return after + 1 >= before ||
           ::close_range(static_cast<unsigned>(after + 1), static_cast<unsigned>(before - 1), 0) == 0;
}

}  // namespace

OpenedFiles::OpenedFiles(const CheckpointState& state) : limit_(raise_limit()) {
    const int least = state.open_files.empty() ? 0 : static_cast<int>(state.open_files.back().descriptor) + 1;
    const clusterdisc::FileDescriptor folder(::open(state.folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder.is_open()) {
        fail(state.folder, "the process's current folder: " + error_text());
    }
    folder_ = lift(folder, least, F_DUPFD_CLOEXEC, state.folder);
    std::map<std::uint32_t, int> known;
    for (const ImageOpenFile& file : state.open_files) {
        if (file.same_as == file.descriptor) {
            opened_.push_back(lift(open_again(file), least, F_DUPFD_CLOEXEC, file.path));
            known[file.descriptor] = opened_.back().number();
        } else {
            known[file.descriptor] = known.at(file.same_as);
        }
        places_.push_back({known[file.descriptor], static_cast<int>(file.descriptor)});
    }
    for (const ImageMappedFile& file : state.mapped_files) {
        // Over execve(2), and as long as the child maps it.
        mapped_[file.path] = lift(open_mapped(file), least, F_DUPFD, file.path);
    }
    const clusterdisc::FileDescriptor program(::open(state.program.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (program.is_open()) {
        program_ = lift(program, least, F_DUPFD, state.program);
    }
    first_free_ = std::max({least, folder_.number() + 1, program_.number() + 1});
    for (const auto& file : opened_) {
        first_free_ = std::max(first_free_, file.number() + 1);
    }
    for (const auto& [path, file] : mapped_) {
        first_free_ = std::max(first_free_, file.number() + 1);
    }
}

int OpenedFiles::take_over(int program) const {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    const int lifted = ::fcntl(program, F_DUPFD_CLOEXEC, first_free_);
    if (lifted < 0 || ::fchdir(folder_.number()) != 0 ||
        ::close_range(static_cast<unsigned>(lifted) + 1, ~0U, 0) != 0) {
        return -1;
    }
    int last = -1;
    for (const Place& place : places_) {
        if (!close_between(last, place.to) || ::dup2(place.from, place.to) != place.to) {
            return -1;
        }
        last = place.to;
    }
    // What lies above was opened here, and goes with execve(2) but for the mapped files, or lay there before us.
    for (int number = last + 1; number < lifted; ++number) {
        const bool is_kept = number == program_.number() || std::ranges::any_of(mapped_, [number](const auto& each) {
                                 return each.second.number() == number;
                             });
        if (!is_kept) {
            ::close(number);
        }
    }
    return ::setrlimit(RLIMIT_NOFILE, &limit_) == 0 ? lifted : -1;
}

std::vector<int> OpenedFiles::temporary() const {
    std::vector<int> result;
    if (program_.is_open()) {
        result.push_back(program_.number());
    }
    for (const auto& [path, file] : mapped_) {
        result.push_back(file.number());
    }
    return result;
}

}  // namespace openmosix
