/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GUEST_START_THREAD_H
#define GUEST_START_THREAD_H

#include "runtime.h"

enum { CLONE_VM = 0x100, CLONE_FS = 0x200, CLONE_FILES = 0x400, CLONE_SIGHAND = 0x800, CLONE_THREAD = 0x10000 };

/*
 * The child gets a stack of its own and must not return into the parent's frames: it calls the function whose address is
 * the word at stack_top, and ends with its result.
 */
long start_thread(u32 flags, u32 *stack_top);

#endif
