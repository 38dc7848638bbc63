// SPDX-License-Identifier: GPL-2.0-or-later
#include "checkpoint/target_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "checkpoint/effective_user.h"

namespace openmosix {

namespace {

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

TargetFile::TargetFile(int descriptor, uid_t user, uid_t owner, gid_t group) : descriptor_(descriptor), user_(user) {
    struct stat status {};
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    const int flags = ::fcntl(descriptor, F_GETFL);
    if (flags == -1 || ::fstat(descriptor, &status) != 0) {
        fail("the file for the image");
    }
    const int mode = flags & O_ACCMODE;
    if (!S_ISREG(status.st_mode) || status.st_size != 0 || (mode != O_WRONLY && mode != O_RDWR)) {
        throw std::runtime_error("the file for the image must be a new regular file, open for writing");
    }
    if (user != 0 && status.st_uid != user) {
        throw std::runtime_error("the file for the image is not user " + std::to_string(user) + "'s");
    }
    if ((status.st_uid != owner && ::fchown(descriptor, owner, group) != 0) || ::fchmod(descriptor, 0600) != 0) {
        fail("the file for the image cannot be made its owner's alone");
    }
}

void TargetFile::write(std::span<const std::uint8_t> bytes) const {
    const EffectiveUser rights(user_);
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written >= 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(written));
        } else if (errno != EINTR) {
            fail("the image cannot be written");
        }
    }
}

}  // namespace openmosix
