/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "execute.h"

#include "signals.h"

enum { CODE = 0x30000000, STACK_SIZE = 65536 };

static const u8 force_prefix[] = { 0x0f, 0x0b, '6', '8', '6' };
const u8 *instruction_prefix = force_prefix;
u32 instruction_prefix_size;

static struct fault *fault_now;
static struct cpu_state *state_now;
static u32 instruction_now;

/* Shared with the assembly below. */
struct cpu_state execute_state __attribute__((used));
u32 execute_target __attribute__((used));
u32 execute_own_stack __attribute__((used));
void execute_enter(void);
void execute_leave(void);
void execute_resume(void);

/* Only MOV and JMP around the instruction: they leave the flags alone. */
asm(".pushsection .text\n"
    ".globl execute_enter, execute_leave, execute_resume\n"
    "execute_enter:\n"
    "	pushal\n"
    "	movl %esp, execute_own_stack\n"
    "	frstor execute_state+36\n"
    "	pushl execute_state+32\n"
    "	popfl\n"
    "	movl execute_state+0, %eax\n"
    "	movl execute_state+4, %ecx\n"
    "	movl execute_state+8, %edx\n"
    "	movl execute_state+12, %ebx\n"
    "	movl execute_state+16, %esp\n"
    "	movl execute_state+20, %ebp\n"
    "	movl execute_state+24, %esi\n"
    "	movl execute_state+28, %edi\n"
    "	jmp *execute_target\n"
    "execute_leave:\n"
    "	movl %eax, execute_state+0\n"
    "	movl %ecx, execute_state+4\n"
    "	movl %edx, execute_state+8\n"
    "	movl %ebx, execute_state+12\n"
    "	movl %esp, execute_state+16\n"
    "	movl %ebp, execute_state+20\n"
    "	movl %esi, execute_state+24\n"
    "	movl %edi, execute_state+28\n"
    "	movl execute_own_stack, %esp\n"
    "	pushfl\n"
    "	popl execute_state+32\n"
    "	fnsave execute_state+36\n"
    "	pushl $0x202\n"
    "	popfl\n"
    "	popal\n"
    "	ret\n"
    "execute_resume:\n"
    "	fninit\n"
    "	popal\n"
    "	ret\n"
    ".popsection\n");

void use_force_prefix(void)
{
	instruction_prefix_size = sizeof(force_prefix);
}

void fpu_initial(struct fpu_state *fpu)
{
	memset(fpu, 0, sizeof(*fpu));
	fpu->control = 0xffff037f;
	fpu->status = 0xffff0000;
	fpu->tags = 0xffffffff;
}

static void note_fault(int signal, const struct signal_information *information, struct user_context *context)
{
	const struct machine_context *machine = &context->machine;

	if (!fault_now)
		die("signal %d, code %d, address %x at ip %x outside of a test\n", signal, information->code,
		    information->address, machine->eip);

	fault_now->signal = signal;
	fault_now->code = information->code;
	fault_now->address = information->address;
	fault_now->ip = (s32)(machine->eip - instruction_now);
	if (fault_now->ip > 0)
		fault_now->ip -= (s32)instruction_prefix_size;
	fault_now->trap = machine->trap;
	fault_now->error = machine->error;

	state_now->general[EAX] = machine->eax;
	state_now->general[ECX] = machine->ecx;
	state_now->general[EDX] = machine->edx;
	state_now->general[EBX] = machine->ebx;
	state_now->general[ESP] = machine->esp;
	state_now->general[EBP] = machine->ebp;
	state_now->general[ESI] = machine->esi;
	state_now->general[EDI] = machine->edi;
	state_now->flags = machine->flags;
	if (machine->fpu)
		memcpy(&state_now->fpu, machine->fpu, sizeof(state_now->fpu));

	context->machine.eip = (u32)execute_resume;
	context->machine.esp = execute_own_stack;
	context->machine.flags = FLAGS_ALWAYS;
}

static void execute_code(u32 address, struct cpu_state *state, struct fault *fault)
{
	memset(fault, 0, sizeof(*fault));
	execute_state = *state;
	execute_target = address;
	instruction_now = address;
	state_now = &execute_state;
	fault_now = fault;
	execute_enter();
	fault_now = 0;
	*state = execute_state;
}

static u8 *put_code(u8 *at, const u8 *bytes, u32 size)
{
	memcpy(at, bytes, size);
	return at + size;
}

void execute(const u8 *instruction, u32 size, struct cpu_state *state, struct fault *fault)
{
	u8 *at = put_code((u8 *)CODE, instruction_prefix, instruction_prefix_size);
	u32 distance;

	at = put_code(at, instruction, size);
	*at++ = 0xe9; /* jmp rel32 */
	distance = (u32)execute_leave - ((u32)at + 4);
	memcpy(at, &distance, sizeof(distance));
	execute_code(CODE, state, fault);
}

void execute_at_page_end(const u8 *instruction, u32 size, struct cpu_state *state, struct fault *fault)
{
	u8 *start = (u8 *)CODE + PAGE_SIZE - instruction_prefix_size - size;

	put_code(put_code(start, instruction_prefix, instruction_prefix_size), instruction, size);
	execute_code((u32)start, state, fault);
}

void prepare_execution(void)
{
	static const int signals[] = { SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV };

	/* The page behind stays unmapped. */
	map(CODE, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC);
	unmap(CODE + PAGE_SIZE, PAGE_SIZE);

	/* The stack pointer can be anything when a signal comes. */
	use_signal_stack(map(0, STACK_SIZE, PROT_READ | PROT_WRITE), STACK_SIZE);
	for (u32 i = 0; i < ARRAY_SIZE(signals); i++)
		handle_signal(signals[i], note_fault);
}
