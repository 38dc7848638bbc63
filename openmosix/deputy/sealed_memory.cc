// SPDX-License-Identifier: GPL-2.0-or-later
#include "deputy/sealed_memory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace openmosix {

void size_and_seal(int file, std::uint64_t size) {
    // Only files that live in memory have seals, and files of a tmpfs have F_SEAL_SEAL from the beginning.
    if (::fcntl(file, F_GET_SEALS) != 0) {
        throw std::runtime_error(
            "the memory it shares with its supervisor is not the memfd that was made for it: somebody has replaced it");
    }
    struct stat state {};
    if (::ftruncate(file, static_cast<off_t>(size)) != 0 ||
        ::fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0 || ::fstat(file, &state) != 0) {
        throw std::system_error(errno, std::generic_category(), "the memory it shares with its supervisor");
    }
    if (static_cast<std::uint64_t>(state.st_size) != size) {
        throw std::runtime_error("the memory it shares with its supervisor was resized by somebody else");
    }
}

}  // namespace openmosix
