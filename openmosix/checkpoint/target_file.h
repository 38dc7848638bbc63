// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>

namespace openmosix {

/// The open file that an image is written to, which whoever asks has opened and passed to us.
class TargetFile {
public:
    /// `user`: who asks. The file must be regular, empty, open for writing and, unless root asks, the user's; the
    /// process's owner gets it, with mode 0600, as all of the process's memory will be in it. Throws std::runtime_error
    /// and std::system_error.
    TargetFile(int descriptor, uid_t user, uid_t owner, gid_t group);

    /// With the rights of who asks. Throws std::system_error.
    void write(std::span<const std::uint8_t> bytes) const;

private:
    int descriptor_;
    uid_t user_;
};

}  // namespace openmosix
