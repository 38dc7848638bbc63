// SPDX-License-Identifier: GPL-2.0-or-later
#include "image/file_reading.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace openmosix {

clusterdisc::FileDescriptor open_image(const std::string& path) {
    // A named pipe would keep us waiting for somebody who writes.
    clusterdisc::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat status {};
    if (!file.is_open() || ::fstat(file.number(), &status) != 0) {
        throw std::runtime_error("cannot open " + path + ": " + std::generic_category().message(errno));
    }
    if (!S_ISREG(status.st_mode)) {
        throw std::runtime_error(path + ": it is no regular file");
    }
    return file;
}

ImageReader::Read reads(const clusterdisc::FileDescriptor& file) {
    return [number = file.number()](std::span<std::uint8_t> bytes) {
        std::size_t done = 0;
        while (done < bytes.size()) {
            const ssize_t part = ::read(number, bytes.data() + done, bytes.size() - done);
            if (part == 0) {
                break;
            }
            if (part < 0 && errno != EINTR) {
                throw std::system_error(errno, std::generic_category(), "cannot read it");
            }
            done += part > 0 ? static_cast<std::size_t>(part) : 0;
        }
        return done;
    };
}

}  // namespace openmosix
