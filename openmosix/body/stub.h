// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "abi.h"
#include "image/fields.h"

namespace openmosix {

/// An ELF program of one page at stub_address, whose first instruction is a system call: what a body is before it gets
/// its address space. Made here, byte by byte, so that a node needs no compiler for the other ABI and a guest's empty
/// file system no file.
Bytes stub_program(Abi abi);

/// Where its system-call instruction lies.
std::uint64_t stub_instruction(Abi abi);

}  // namespace openmosix
