// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <string>

namespace openmosix {

/// What `omd WORD ...` does; each returns the exit status of the program. The words are those that follow.

/// Prints what the running omd says about itself. Throws std::runtime_error when it does not answer.
int status_main(const std::string& run_folder);
/// Prints what is in the image of a process. Throws std::runtime_error when it is none.
int image_main(std::span<const std::string> words);
/// Becomes the process of an image. Throws std::runtime_error when that is not possible.
int restart_main(std::span<const std::string> words);

}  // namespace openmosix
