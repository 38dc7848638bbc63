// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "common/file_descriptor.h"

namespace openmosix {

/// The file that an image becomes: until it is whole it has another name beside its own, and it is removed when it does
/// not come to that, also when a signal ends this program. At most one at a time.
class ImageTarget {
public:
    /// Makes an empty file that is ours alone. Throws std::system_error that names it.
    explicit ImageTarget(const std::string& path);
    ImageTarget(const ImageTarget&) = delete;
    ImageTarget& operator=(const ImageTarget&) = delete;
    ImageTarget(ImageTarget&&) = delete;
    ImageTarget& operator=(ImageTarget&&) = delete;
    ~ImageTarget();

    [[nodiscard]] int number() const { return file_.number(); }
    /// Its content is safe on the disk and has its name when this returns. Throws std::system_error, and
    /// std::runtime_error when nothing was written.
    void take_place();

private:
    std::string path_;
    clusterdisc::FileDescriptor file_;
};

}  // namespace openmosix
