/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signal handlers that see and change the interrupted context. */
#ifndef GUEST_SIGNALS_H
#define GUEST_SIGNALS_H

#include "runtime.h"

struct signal_information {
	s32 signal, error, code;
	u32 address;
	u32 rest[28];
};

/* The kernel's struct sigcontext of i386. */
struct machine_context {
	u32 gs, fs, es, ds;
	u32 edi, esi, ebp, esp, ebx, edx, ecx, eax;
	u32 trap, error, eip, cs, flags, esp_at_signal, ss;
	const void *fpu;
	u32 old_mask, cr2;
};

struct user_context {
	u32 flags, link;
	u32 stack_pointer, stack_flags, stack_size;
	struct machine_context machine;
};

typedef void signal_handler(int signal, const struct signal_information *information, struct user_context *context);

void handle_signal(int signal, signal_handler *handler);
void use_signal_stack(void *stack, u32 size);

#endif
