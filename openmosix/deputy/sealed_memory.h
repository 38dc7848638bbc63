// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace openmosix {

/// Gives a file from memfd_create(2), fresh and with MFD_ALLOW_SEALING, its size for good: nobody can shrink, grow or
/// seal it afterwards, so that who maps it never touches what is not there. Throws std::runtime_error for any other
/// file, and leaves that as it is; std::system_error when the kernel will not.
void size_and_seal(int file, std::uint64_t size);

}  // namespace openmosix
