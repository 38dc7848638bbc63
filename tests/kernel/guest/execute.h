/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Executes one machine instruction with a given CPU state and tells what became of it, signals included. */
#ifndef GUEST_EXECUTE_H
#define GUEST_EXECUTE_H

#include "runtime.h"

/* What FNSAVE stores. */
struct fpu_state {
	u32 control, status, tags, instruction, opcode_selector, operand, operand_selector;
	u8 registers[8][10];
};

enum { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI, GENERAL_REGISTERS };

enum { CF = 1, PF = 4, AF = 0x10, ZF = 0x40, SF = 0x80, TF = 0x100, DF = 0x400, OF = 0x800, RF = 0x10000, AC = 0x40000 };
enum { FLAGS_ALWAYS = 0x202 }; /* IF and a bit that is always set */

struct cpu_state {
	u32 general[GENERAL_REGISTERS];
	u32 flags;
	struct fpu_state fpu;
};

/* Of a signal: all zero if there was none. */
struct fault {
	s32 signal, code;
	u32 address;
	s32 ip; /* relative to the first byte of the instruction */
	u32 trap, error;
};

/* Bytes to put before an instruction, see use_force_prefix(). */
extern const u8 *instruction_prefix;
extern u32 instruction_prefix_size;

/* From now on, instructions are executed behind the kernel's forced-emulation prefix. */
void use_force_prefix(void);

/* An FPU as FNINIT leaves it. */
void fpu_initial(struct fpu_state *fpu);

/* Executes the instruction. The state is what it left, or what the signal handler saw. */
void execute(const u8 *instruction, u32 size, struct cpu_state *state, struct fault *fault);

/* The same with the instruction's last byte at the end of a page that nothing is mapped behind. */
void execute_at_page_end(const u8 *instruction, u32 size, struct cpu_state *state, struct fault *fault);

/* Must be called once before the first execute(). */
void prepare_execution(void);

#endif
