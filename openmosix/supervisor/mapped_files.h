// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "abi.h"
#include "calls/call_request.h"
#include "image/process_image.h"

namespace openmosix {

/// The files that a process maps. While it is away their pages are copies, so what it writes into such a file itself
/// must be written where its mappings are the file's own.
class MappedFiles {
public:
    /// Of the process `pid`, which stands, with these ranges. Looks for the files when they are needed.
    void set(pid_t pid, const std::vector<ImageRange>& ranges);

    /// Whether this call changes the content of one of them. Calls by descriptor and by path are known; those by a path
    /// that another process changes meanwhile are not.
    [[nodiscard]] bool are_changed_by(const CallRequest& request, Abi abi);

private:
    using File = std::pair<dev_t, ino_t>;

    void find_files();
    [[nodiscard]] bool has(const std::string& path);

    pid_t pid_ = -1;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges_;
    bool is_known_ = true;
    std::set<File> files_;
};

}  // namespace openmosix
