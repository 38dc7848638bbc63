// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include "image/image_file.h"

namespace openmosix {

/// Makes the process of an image, of which the reader has read the state, anew: a child of this one, with its rights,
/// session and limits, and with another process id; it runs when this returns. Where we may have time namespaces its
/// clocks go on from where they were, but for CLOCK_REALTIME. Nothing is left when it throws: ImageError,
/// std::runtime_error with what is not as the image needs it, or std::system_error.
pid_t restart_process(ImageReader& reader);

}  // namespace openmosix
