// SPDX-License-Identifier: GPL-2.0-or-later
#include "checkpoint/open_files.h"

#include <fcntl.h>
#include <linux/kcmp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "common/printable_text.h"
#include "procfs/process_file.h"

namespace openmosix {

namespace {

constexpr std::size_t max_shown_path = 200;
constexpr std::size_t max_description = std::size_t{64} << 10U;
/// O_CLOEXEC and O_PATH of all kernels on x86 (include/uapi/asm-generic/fcntl.h).
constexpr std::uint32_t flag_close_on_exec = 02000000;
constexpr std::uint32_t flag_path_only = 010000000;

/// What /proc/PID/fdinfo says of a descriptor (proc(5)).
struct Description {
    std::uint64_t offset = 0;
    std::uint32_t flags = 0;
    bool has_lock = false;
};

Description read_description(pid_t pid, std::uint32_t descriptor) {
    Description result;
    std::istringstream text(read_process_file(pid, "fdinfo/" + std::to_string(descriptor), max_description));
    for (std::string line; std::getline(text, line);) {
        if (line.starts_with("pos:")) {
            result.offset = std::stoull(line.substr(4));
        } else if (line.starts_with("flags:")) {
            result.flags = static_cast<std::uint32_t>(std::stoul(line.substr(6), nullptr, 8));
        } else if (line.starts_with("lock:")) {
            result.has_lock = true;
        }
    }
    return result;
}

bool is_null_device(const struct stat& status) {
    return S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
}

/// What a descriptor leads to, when that is no file that can be opened again; else empty.
std::string objection_to(const struct stat& status, const std::string& path, const Description& description) {
    const std::string shown = clusterdisc::shown(path, max_shown_path);
    if ((description.flags & flag_path_only) != 0) {
        return "opened with O_PATH (" + shown + ")";
    }
    switch (status.st_mode & S_IFMT) {
        case S_IFREG:
            break;
        case S_IFIFO:
            return "a pipe (" + shown + ")";
        case S_IFSOCK:
            return "a socket (" + shown + ")";
        case S_IFDIR:
            return "the folder " + shown;
        case S_IFBLK:
            return "the device " + shown;
        case S_IFCHR:
            if (is_null_device(status)) {
                break;
            }
            return (path.starts_with("/dev/pts/") || path.starts_with("/dev/tty") ? "the terminal " : "the device ") +
                   shown;
        default:
            return "no file of a folder (" + shown + ")";
    }
    struct stat named {};
    if (status.st_nlink == 0 || ::stat(path.c_str(), &named) != 0 || named.st_dev != status.st_dev ||
        named.st_ino != status.st_ino) {
        return "the file " + shown + ", which has no name any more";
    }
    if (description.has_lock) {
        return "the file " + shown + ", which it has locked";
    }
    return {};
}

std::set<std::uint32_t> descriptors_of(pid_t pid) {
    std::set<std::uint32_t> result;
    std::error_code error;
    const std::string folder = "/proc/" + std::to_string(pid) + "/fd";
    for (std::filesystem::directory_iterator entry(folder, error); !error && entry != std::filesystem::end(entry);
         entry.increment(error)) {
        result.insert(static_cast<std::uint32_t>(std::stoul(entry->path().filename().string())));
    }
    if (error) {
        throw std::system_error(error, folder);
    }
    return result;
}

bool is_same(pid_t pid, std::uint32_t one, std::uint32_t other) {
    // A kernel without kcmp(2) does not tell: then each is its own.
    return ::syscall(SYS_kcmp, pid, pid, KCMP_FILE, one, other) == 0;
}

}  // namespace

std::vector<ImageOpenFile> gather_open_files(pid_t pid) {
    std::vector<ImageOpenFile> result;
    std::string objections;
    // Of each file, those open files that are known.
    std::multimap<std::pair<dev_t, ino_t>, std::uint32_t> known;
    for (const std::uint32_t descriptor : descriptors_of(pid)) {
        const std::string link = "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(descriptor);
        struct stat status {};
        std::error_code error;
        const std::string path = std::filesystem::read_symlink(link, error).string();
        if (error || ::stat(link.c_str(), &status) != 0) {
            throw std::system_error(error ? error.value() : errno, std::generic_category(), link);
        }
        const Description description = read_description(pid, descriptor);
        const std::string objection = objection_to(status, path, description);
        if (!objection.empty()) {
            objections +=
                (objections.empty() ? "" : "; ") + ("descriptor " + std::to_string(descriptor)) + " is " + objection;
            continue;
        }
        ImageOpenFile file;
        file.descriptor = file.same_as = descriptor;
        file.closes_on_exec = (description.flags & flag_close_on_exec) != 0;
        file.flags = description.flags & ~flag_close_on_exec;
        file.offset = S_ISREG(status.st_mode) ? description.offset : 0;
        file.size = S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0;
        file.path = path;
        const auto [first, last] = known.equal_range({status.st_dev, status.st_ino});
        for (auto other = first; other != last && file.same_as == descriptor; ++other) {
            if (is_same(pid, other->second, descriptor)) {
                file.same_as = other->second;
            }
        }
        if (file.same_as == descriptor) {
            known.emplace(std::pair(status.st_dev, status.st_ino), descriptor);
        }
        result.push_back(std::move(file));
    }
    if (!objections.empty()) {
        throw std::runtime_error("only what has nothing but regular files open can be written to a file: " +
                                 objections);
    }
    return result;
}

}  // namespace openmosix
