// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "common/file_descriptor.h"
#include "image/image_file.h"

namespace openmosix {

/// Opens a regular file to read. Throws std::runtime_error that names it.
clusterdisc::FileDescriptor open_image(const std::string& path);

/// How an ImageReader reads an open file, which must live as long. Throws std::system_error.
ImageReader::Read reads(const clusterdisc::FileDescriptor& file);

}  // namespace openmosix
