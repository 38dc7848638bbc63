// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <functional>
#include <vector>

#include "image/checkpoint_state.h"
#include "image/image_file.h"
#include "memory/page_ranges.h"
#include "tracee/memory_file.h"

namespace openmosix {

/// What of a standing process's mappings is known by a file's name.
struct NamedMappings {
    std::vector<ImageMappedFile> files;
    /// Of files without a name: all of their content must be written.
    PageRanges nameless;
};

/// Looks for the files of mappings: those that are still there under their names get these, all others become
/// anonymous. Throws std::system_error.
NamedMappings name_mappings(pid_t pid, std::vector<ImageRange>& ranges);

/// Writes all pages that differ from nothing, and in a named file's mapping from the file. `keep_on` is called now and
/// then and may throw. Throws std::system_error.
void write_memory(pid_t pid, const MemoryFile& memory, const std::vector<ImageRange>& ranges,
                  const PageRanges& nameless, ImageWriter& writer, const std::function<void()>& keep_on);

}  // namespace openmosix
