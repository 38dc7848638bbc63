/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon tells, and where it shows: /proc/PID/where and others, and /proc/hpc. */
#include "openmosix.h"
#include "tap.h"

static u32 self(void)
{
	return (u32)CALL0(NR_getpid);
}

static struct node sample_node(u32 number, u32 status)
{
	return RECORD(node, NODE, number, status, 250, 10000, 2, 100, 30000, 20000, 65536);
}

#define EXPECT_TEXT(path, text) EXPECT(has_text(path, text), "%s", path)

TEST(malformed_records_are_refused)
{
	const struct node good = sample_node(7, NODE_DEFINED | NODE_UP);
	int device = open_device();
	struct node bad;

#define EXPECT_REFUSED(change)                                                                                         \
	do {                                                                                                           \
		bad = good;                                                                                            \
		bad.change;                                                                                            \
		EXPECT(SEND(device, bad) == -EINVAL, #change);                                                         \
	} while (0)
	EXPECT_REFUSED(header.magic = 0);
	EXPECT_REFUSED(header.version = 0);
	EXPECT_REFUSED(header.version = VERSION + 1);
	EXPECT_REFUSED(header.type = 0);
	EXPECT_REFUSED(header.type = GOTO);
	EXPECT_REFUSED(header.type = 22);
	EXPECT_REFUSED(header.size = sizeof(good) - 1);
	EXPECT_REFUSED(header.size = sizeof(good) + 1);
	EXPECT_REFUSED(header.size = 0xffffffff);
	EXPECT_REFUSED(header.flags = 1);
	EXPECT_REFUSED(number = 0);
	EXPECT_REFUSED(number = 65536);
	EXPECT_EQUAL(send_record(device, &good, sizeof(good) - 1), -EINVAL);
	EXPECT_EQUAL(send_record(device, &good, 4), -EINVAL);
	EXPECT_EQUAL(send_record(device, &good, 0), -EINVAL);
	EXPECT_EQUAL(CALL3(NR_write, device, PAGE_SIZE, sizeof(good)), -EFAULT);
	EXPECT_EQUAL(read_file("/proc/hpc/nodes/7/load", (char[8]){ 0 }, 8), -ENOENT);
	CALL1(NR_close, device);
}

TEST(several_records_are_taken_up_to_the_first_that_is_refused)
{
	int device = open_device();
	struct node nodes[3] = { sample_node(1, 3), sample_node(2, 3), sample_node(3, 3) };

	EXPECT_EQUAL(SEND(device, nodes), 0);
	EXPECT_TEXT("/proc/hpc/nodes/3/load", "250\n");
	nodes[0].load = 1;
	nodes[1].header.version = 9;
	EXPECT_EQUAL(CALL3(NR_write, device, nodes, sizeof(nodes)), sizeof(nodes[0]));
	EXPECT_TEXT("/proc/hpc/nodes/1/load", "1\n");
	CALL1(NR_close, device);
}

TEST(a_node_shows_its_figures)
{
	int device = open_device();
	struct node node = sample_node(65535, NODE_DEFINED | NODE_UP);

	EXPECT_EQUAL(SEND(device, node), 0);
	EXPECT_TEXT("/proc/hpc/nodes/65535/load", "250\n");
	EXPECT_TEXT("/proc/hpc/nodes/65535/speed", "10000\n");
	EXPECT_TEXT("/proc/hpc/nodes/65535/cpus", "2\n");
	EXPECT_TEXT("/proc/hpc/nodes/65535/util", "100\n");
	EXPECT_TEXT("/proc/hpc/nodes/65535/mem", "30000\n");
	EXPECT_TEXT("/proc/hpc/nodes/65535/rmem", "20000\n");
	EXPECT_TEXT("/proc/mosix/nodes/65535/tmem", "65536\n");
	EXPECT_TEXT("/proc/hpc/nodes/65535/status", "3\n");
	CALL1(NR_close, device);
}

TEST(a_node_that_is_down_reads_minus_101)
{
	int device = open_device();
	struct node node = sample_node(9, NODE_DEFINED);

	EXPECT_EQUAL(SEND(device, node), 0);
	EXPECT_TEXT("/proc/hpc/nodes/9/load", "-101\n");
	EXPECT_TEXT("/proc/hpc/nodes/9/tmem", "-101\n");
	EXPECT_TEXT("/proc/hpc/nodes/9/status", "1\n");
	CALL1(NR_close, device);
}

/* The names in a directory, each with a blank behind it, but for "." and ".."; ends the program on failure. */
static const char *names_in(const char *path)
{
	static char names[512];
	struct {
		u64 inode, offset;
		u16 size;
		u8 type;
		char name[];
	} *entry;
	char buffer[1024];
	long directory = CALL3(NR_open, path, O_RDONLY, 0), length;

	names[0] = 0;
	while ((length = CALL3(NR_getdents64, directory, buffer, sizeof(buffer))) > 0) {
		for (char *at = buffer; at < buffer + length; at += entry->size) {
			u32 used = (u32)strlen(names);

			entry = (void *)at;
			if (entry->name[0] != '.')
				format_to(names + used, sizeof(names) - used, "%s ", entry->name);
		}
	}
	if (length < 0)
		die("cannot list %s: error %d\n", path, (int)-length);
	CALL1(NR_close, directory);
	return names;
}

#define EXPECT_NAMES(path, expected)                                                                                   \
	do {                                                                                                           \
		const char *names = names_in(path);                                                                    \
		EXPECT(strlen(names) == strlen(expected) && starts_with(names, expected), "%s", names);               \
	} while (0)

TEST(nodes_are_listed_by_number_alone)
{
	int device = open_device();
	struct node first = sample_node(40000, 3), second = sample_node(7, 1);
	long file;
	char text[8];

	EXPECT_NAMES("/proc/hpc/nodes", "");
	EXPECT_EQUAL(SEND(device, first), 0);
	EXPECT_EQUAL(SEND(device, second), 0);
	EXPECT_NAMES("/proc/hpc/nodes", "7 40000 ");
	EXPECT_NAMES("/proc/hpc/nodes/7", "load speed cpus util mem rmem tmem status ");
	file = CALL3(NR_open, "/proc/hpc/nodes/7/load", O_RDONLY, 0);
	second.status = 0;
	EXPECT_EQUAL(SEND(device, second), 0);
	EXPECT_EQUAL(SEND(device, second), 0);
	EXPECT_EQUAL(CALL3(NR_read, file, text, sizeof(text)), -ENOENT);
	CALL1(NR_close, file);
	EXPECT_NAMES("/proc/hpc/nodes", "40000 ");
	EXPECT_EQUAL(CALL3(NR_open, "/proc/hpc/nodes/7/load", O_RDONLY, 0), -ENOENT);
	EXPECT_EQUAL(CALL3(NR_open, "/proc/hpc/nodes/040000", O_RDONLY, 0), -ENOENT);
	CALL1(NR_close, device);
	EXPECT_NAMES("/proc/hpc/nodes", "");
}

TEST(a_process_shows_where_it_is_and_why_it_stays)
{
	int device = open_device();
	struct process_state state = RECORD(process_state, PROCESS, identify(self()), 7, 3, "monkey: maps a device\nmem_lock");

	state.header.flags = WHERE | NMIGS;
	EXPECT_EQUAL(SEND(device, state), 0);
	EXPECT_TEXT("/proc/self/where", "7\n");
	EXPECT_TEXT("/proc/self/nmigs", "3\n");
	EXPECT_TEXT("/proc/self/cantmove", "");
	state.header.flags = REASONS;
	state.where = 9;
	EXPECT_EQUAL(SEND(device, state), 0);
	EXPECT_TEXT("/proc/self/where", "7\n");
	EXPECT_TEXT("/proc/self/cantmove", "monkey: maps a device\nmem_lock\n");
	EXPECT_TEXT("/proc/2/cantmove", "system\n");
	CALL1(NR_close, device);
	EXPECT_TEXT("/proc/self/where", "0\n");
	EXPECT_TEXT("/proc/self/cantmove", "");
	EXPECT_TEXT("/proc/self/nmigs", "3\n");
	/* What a new daemon says of one thing does not bring back the other. */
	device = open_device();
	state.header.flags = NMIGS;
	state.nmigs = 0;
	EXPECT_EQUAL(SEND(device, state), 0);
	EXPECT_TEXT("/proc/self/where", "0\n");
	EXPECT_TEXT("/proc/self/cantmove", "");
	CALL1(NR_close, device);
}

TEST(a_record_of_another_process_with_the_same_number_is_refused)
{
	int device = open_device();
	struct process_state state = RECORD(process_state, PROCESS, identify(self()), 7, 0, "");
	u32 child = fork_child();

	if (!child)
		CALL1(NR_exit_group, 0);
	state.header.flags = WHERE;
	state.process.start_time++;
	EXPECT_EQUAL(SEND(device, state), -ESRCH);
	state.process = identify(child);
	EXPECT_EQUAL(wait_for_end(child), 0);
	EXPECT_EQUAL(SEND(device, state), -ESRCH);
	state.process = identify(2);
	EXPECT_EQUAL(SEND(device, state), -ESRCH);
	state.process.pid = 0;
	EXPECT_EQUAL(SEND(device, state), -EINVAL);
	state.process.pid = 0x80000000;
	EXPECT_EQUAL(SEND(device, state), -EINVAL);
	state.process = identify(self());
	state.process.reserved = 1;
	EXPECT_EQUAL(SEND(device, state), -EINVAL);
	state.process.reserved = 0;
	memset(state.reasons, 'x', sizeof(state.reasons));
	EXPECT_EQUAL(SEND(device, state), -EINVAL);
	state.reasons[3] = 27;
	state.reasons[4] = 0;
	EXPECT_EQUAL(SEND(device, state), -EINVAL);
	state.reasons[3] = 0;
	state.where = 65536;
	EXPECT_EQUAL(SEND(device, state), -EINVAL);
	CALL1(NR_close, device);
}

TEST(an_unconfigured_node_says_so)
{
	EXPECT_TEXT("/proc/hpc/admin/mospe", "-1\n");
	EXPECT_TEXT("/proc/hpc/admin/block", "0\n");
	EXPECT_TEXT("/proc/hpc/admin/slow-decay", "975\n");
	EXPECT_TEXT("/proc/hpc/admin/slowdecay", "975\n");
	EXPECT_TEXT("/proc/hpc/admin/fast-decay", "926\n");
	EXPECT_TEXT("/proc/hpc/admin/fastdecay", "926\n");
	EXPECT_TEXT("/proc/hpc/admin/decay-interval", "1\n");
	EXPECT_TEXT("/proc/hpc/admin/decayinterval", "1\n");
	EXPECT_TEXT("/proc/hpc/admin/overheads", "\n");
	EXPECT_TEXT("/proc/hpc/admin/dfsalinks", "");
	EXPECT_NAMES("/proc/hpc", "info admin decay nodes remote ");
}

TEST(admin_files_show_what_omd_has_said)
{
	int device = open_device();
	struct admin_value value = RECORD(admin_value, ADMIN_VALUE, MOSPE, 0, 2780, "");

	EXPECT_EQUAL(SEND(device, value), 0);
	EXPECT_TEXT("/proc/mosix/admin/mospe", "2780\n");
	value.key = SLOW_DECAY;
	value.value = 980;
	EXPECT_EQUAL(SEND(device, value), 0);
	EXPECT_TEXT("/proc/hpc/admin/slowdecay", "980\n");
	value.value = 1001;
	EXPECT_EQUAL(SEND(device, value), -EINVAL);
	value.key = 17;
	value.value = 0;
	EXPECT_EQUAL(SEND(device, value), -EINVAL);
	value.key = OVERHEADS;
	format_to(value.text, sizeof(value.text), "12 -3 4.5");
	EXPECT_EQUAL(SEND(device, value), 0);
	EXPECT_TEXT("/proc/hpc/admin/overheads", "12 -3 4.5\n");
	memset(value.text, '1', sizeof(value.text));
	EXPECT_EQUAL(SEND(device, value), -EINVAL);
	CALL1(NR_close, device);
	EXPECT_TEXT("/proc/hpc/admin/mospe", "-1\n");
	EXPECT_TEXT("/proc/hpc/admin/overheads", "\n");
}

TEST(a_write_to_admin_asks_omd)
{
	int device = open_device();
	u32 child = start_writer("/proc/hpc/admin/speed", "12345\n", 0);
	struct request request = receive(device);

	EXPECT_EQUAL(request.header.type, ADMIN);
	EXPECT_EQUAL(request.key, SPEED);
	EXPECT_EQUAL(request.value, 12345);
	/* The file changes when omd says so. */
	EXPECT_TEXT("/proc/hpc/admin/speed", "0\n");
	EXPECT_EQUAL(answer(device, request.sequence, 0), 0);
	EXPECT_EQUAL(wait_for_end(child), 0);
	child = start_writer("/proc/hpc/admin/overheads", "1 2 3\n", 0);
	request = receive(device);
	EXPECT_EQUAL(request.key, OVERHEADS);
	EXPECT(!memcmp(request.text, "1 2 3", 6), "%s", request.text);
	EXPECT_EQUAL(answer(device, request.sequence, 0), 0);
	EXPECT_EQUAL(wait_for_end(child), 0);
	CALL1(NR_close, device);
	EXPECT_EQUAL(wait_for_end(start_writer("/proc/hpc/admin/block", "2", 0)), EINVAL);
	EXPECT_EQUAL(wait_for_end(start_writer("/proc/hpc/admin/overheads", "one", 0)), EINVAL);
	EXPECT_EQUAL(wait_for_end(start_writer("/proc/hpc/admin/mospe", "-1", 0)), EINVAL);
}

TEST(a_guest_is_there_until_it_ends)
{
	int device = open_device();
	u32 child = fork_child();
	struct guest guest;
	char path[64], text[256], name[16];

	if (!child)
		for (;;)
			CALL4(NR_wait4, -1, 0, 0, 0), CALL0(NR_sched_yield);
	guest = RECORD(guest, GUEST, identify(child), 12, 3456, "user=rob");
	format_to(name, sizeof(name), "%u ", child);
	EXPECT_EQUAL(SEND(device, guest), 0);
	EXPECT_NAMES("/proc/hpc/remote", name);
	format_to(path, sizeof(path), "/proc/hpc/remote/%u/from", child);
	EXPECT_TEXT(path, "12\n");
	format_to(path, sizeof(path), "/proc/hpc/remote/%u/identity", child);
	EXPECT_TEXT(path, "pid=3456 user=rob\n");
	format_to(path, sizeof(path), "/proc/hpc/remote/%u/statm", child);
	EXPECT(read_file(path, text, sizeof(text)) > 0 && text[0] > '0', "%s", text);
	format_to(path, sizeof(path), "/proc/hpc/remote/%u/stats", child);
	EXPECT(read_file(path, text, sizeof(text)) > 0, "%s", path);
	EXPECT(starts_with(text, "utime=") && find_text(text, " cutime=0 nice=0 state=R vsize=") &&
	       find_text(text, " nswap=0 cnswap=0\n"), "%s", text);
	CALL2(NR_kill, child, SIGKILL);
	EXPECT_EQUAL(wait_for_end(child), 1000 + SIGKILL);
	EXPECT_NAMES("/proc/hpc/remote", "");
	EXPECT_EQUAL(CALL3(NR_open, path, O_RDONLY, 0), -ENOENT);
	CALL1(NR_close, device);
}

TEST(a_guest_that_goes_home_is_removed)
{
	int device = open_device();
	struct guest guest = RECORD(guest, GUEST, identify(self()), 12, 3456, "");

	EXPECT_EQUAL(SEND(device, guest), 0);
	guest.home_node = 0;
	EXPECT_EQUAL(SEND(device, guest), 0);
	EXPECT_NAMES("/proc/hpc/remote", "");
	guest.home_node = 1;
	EXPECT_EQUAL(SEND(device, guest), 0);
	CALL1(NR_close, device);
	EXPECT_NAMES("/proc/hpc/remote", "");
}
