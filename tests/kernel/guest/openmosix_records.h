/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records of /dev/openmosix as docs/openmosix-interface.md has them, written down a second time: a change of the
 * kernel's header that breaks omd breaks the tests.
 */
#ifndef GUEST_OPENMOSIX_RECORDS_H
#define GUEST_OPENMOSIX_RECORDS_H

#include "runtime.h"

enum { MAGIC = 0x784d6f31, VERSION = 1 };
enum { GOTO = 1, MIGRATE = 2, ADMIN = 3 };
enum { ANSWER = 16, PROCESS = 17, CPU_TIME = 18, ADMIN_VALUE = 19, NODE = 20, GUEST = 21 };
enum { NO_WAIT = 1 };
enum { WHERE = 1, NMIGS = 2, REASONS = 4 };
enum { MOSPE = 0, BLOCK = 1, SPEED = 9, SLOW_DECAY = 13, OVERHEADS = 15 };
enum { NODE_DEFINED = 1, NODE_UP = 2 };

struct header {
	u32 magic;
	u16 version, type;
	u32 size, flags;
};

struct process_id {
	u32 pid, reserved;
	u64 start_time;
};

struct request {
	struct header header;
	u64 sequence;
	struct process_id target, writer;
	u32 writer_thread, uid, euid, gid, egid, key;
	u64 value;
	char text[160];
	u32 reserved[2];
};

struct answer {
	struct header header;
	u64 sequence;
	u32 error, reserved;
};

struct process_state {
	struct header header;
	struct process_id process;
	u32 where, nmigs;
	char reasons[216];
};

struct cpu_time {
	struct header header;
	struct process_id process;
	u64 user, system;
};

struct admin_value {
	struct header header;
	u32 key, reserved;
	u64 value;
	char text[160];
};

struct node {
	struct header header;
	u32 number, status;
	u64 load, speed, cpus, util, mem, rmem, tmem;
};

struct guest {
	struct header header;
	struct process_id process;
	u32 home_node, home_pid;
	char identity[88];
};

#define RECORD(kind, number, ...) ((struct kind){ { MAGIC, VERSION, number, sizeof(struct kind), 0 }, __VA_ARGS__ })

#endif
