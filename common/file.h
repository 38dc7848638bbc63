// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace clusterdisc {

/// The content of a file. None when there is no such file. Throws std::system_error when it cannot be
/// read, and when it is longer than `longest` bytes.
std::optional<std::string> read_file(const std::string& path, std::size_t longest);

/// Gives `path` this content and mode in one step: a reader finds the old file or the new one, never a
/// part and never with another mode, also when the machine is switched off meanwhile. Throws
/// std::system_error.
void replace_file(const std::string& path, std::string_view content, mode_t mode);

/// Removes a file if it is there. Throws std::system_error when it stays.
void remove_file(const std::string& path);

/// Makes a folder with this mode if it is not there. Throws std::system_error.
void make_folder(const std::string& path, mode_t mode);

}  // namespace clusterdisc
