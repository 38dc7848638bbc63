// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/file_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <system_error>

namespace clusterdisc {
namespace {

constexpr std::uint32_t lasting_events =
    IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

std::string parent_of(const std::string& path) {
    const std::size_t slash = path.find_last_of('/');
    if (slash == std::string::npos) {
        return ".";
    }
    return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

FileWatch::FileWatch(const std::string& path)
    : folder_(parent_of(path)), name_(path.substr(path.find_last_of('/') + 1)),
      events_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    if (!events_.is_open()) {
        throw std::system_error(errno, std::generic_category(), "cannot watch " + folder_);
    }
    watch();
}

bool FileWatch::take_changes() {
    const bool had_folder = has_folder_;
    bool is_changed = false;
    // Where read(2) puts them, an event is aligned as inotify(7) demands.
    alignas(inotify_event) std::array<char, 4096> buffer{};
    ssize_t length = 0;
    while ((length = ::read(events_.number(), buffer.data(), buffer.size())) > 0) {
        std::string_view left(buffer.data(), static_cast<std::size_t>(length));
        while (left.size() >= sizeof(inotify_event)) {
            inotify_event event{};
            std::memcpy(&event, left.data(), sizeof event);
            const std::string_view padded_name = left.substr(sizeof event, event.len);
            const std::string_view name = padded_name.substr(0, padded_name.find('\0'));
            left.remove_prefix(sizeof event + padded_name.size());
            // Without a name: the folder itself, or the queue was too short. A file that is made is news only when it
            // has been written.
            const bool is_about_file = name.empty() || (name == name_ && (event.mask & IN_CREATE) == 0);
            is_changed = is_changed || (had_folder && is_about_file);
        }
    }
    watch();
    return is_changed || has_folder_ != had_folder;
}

bool FileWatch::try_watch(const std::string& folder) {
    if (::inotify_add_watch(events_.number(), folder.c_str(), lasting_events) >= 0) {
        return true;
    }
    if (errno != ENOENT && errno != ENOTDIR) {
        throw std::system_error(errno, std::generic_category(), "cannot watch " + folder);
    }
    return false;
}

void FileWatch::watch() {
    while (true) {
        std::string missing;
        for (std::string folder = folder_; !try_watch(folder); folder = parent_of(folder)) {
            if (folder == parent_of(folder)) {
                throw std::system_error(ENOENT, std::generic_category(), "cannot watch " + folder);
            }
            missing = folder;
        }
        has_folder_ = missing.empty();
        // It may have come after the first look and before the watch above it; then it is one step further down.
        if (has_folder_ || !try_watch(missing)) {
            return;
        }
    }
}

}  // namespace clusterdisc
