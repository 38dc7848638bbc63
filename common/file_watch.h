// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "common/file_descriptor.h"

namespace clusterdisc {

/// Tells when a file is replaced, written, made or removed, by inotify(7). Neither the file nor its folder need exist:
/// then the nearest folder above is watched until they come. For one thread.
class FileWatch {
public:
    /// `path` is absolute or begins at the current folder. Throws std::system_error that names the folder, when it may
    /// not be read or when the user has no watches left.
    explicit FileWatch(const std::string& path);

    /// Readable when something happened; for poll(2).
    [[nodiscard]] int number() const noexcept { return events_.number(); }

    /// Takes what happened; whether the file may be another one than before. Throws as the constructor does.
    bool take_changes();

private:
    bool try_watch(const std::string& folder);
    void watch();

    std::string folder_;
    std::string name_;
    FileDescriptor events_;
    /// Whether the folder itself is watched, not only one above.
    bool has_folder_ = false;
};

}  // namespace clusterdisc
