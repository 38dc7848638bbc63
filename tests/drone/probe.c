// SPDX-License-Identifier: GPL-2.0-or-later
//
// The eyes and hands of a test within a drone, which has no shell: it does what lines on the serial line say.
//
//   kill NAME   kills every process of that name
//   memory      says how much memory could be had, in KiB
//   disks       says how many block devices the kernel has
#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void kill_all(const char *name)
{
	struct dirent *entry;
	DIR *processes = opendir("/proc");
	int count = 0;

	while (processes && (entry = readdir(processes))) {
		char path[300], command[64] = "";
		FILE *file;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		if (fgets(command, sizeof(command), file))
			command[strcspn(command, "\n")] = '\0';
		fclose(file);
		if (strcmp(command, name) == 0 && kill(atoi(entry->d_name), SIGKILL) == 0)
			count++;
	}
	if (processes)
		closedir(processes);
	printf("probe: killed %d\n", count);
}

static void show_memory(void)
{
	char line[128];
	FILE *file = fopen("/proc/meminfo", "r");

	while (file && fgets(line, sizeof(line), file)) {
		long kibibytes;

		if (sscanf(line, "MemAvailable: %ld", &kibibytes) == 1)
			printf("probe: memory %ld\n", kibibytes);
	}
	if (file)
		fclose(file);
}

static void show_disks(void)
{
	struct dirent *entry;
	DIR *disks = opendir("/sys/block");
	int count = 0;

	while (disks && (entry = readdir(disks)))
		count += entry->d_name[0] != '.';
	if (disks)
		closedir(disks);
	printf("probe: disks %d\n", count);
}

int main(void)
{
	char line[128];
	FILE *input = fopen("/dev/ttyS0", "r");

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!input) {
		perror("probe: /dev/ttyS0");
		return 1;
	}
	puts("probe: ready");
	while (fgets(line, sizeof(line), input)) {
		line[strcspn(line, "\r\n")] = '\0';
		if (strncmp(line, "kill ", 5) == 0)
			kill_all(line + 5);
		else if (strcmp(line, "memory") == 0)
			show_memory();
		else if (strcmp(line, "disks") == 0)
			show_disks();
		else
			printf("probe: unknown: %s\n", line);
	}
	return 0;
}
