/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Started by openmosix_settings: ends with 0 when it has the settings that it was to inherit, with 1 otherwise. */
#include "openmosix.h"

int main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	/* The node that /mfs/selected means is not inherited. */
	return !(has_text("/proc/self/lock", "1\n") && has_text("/proc/self/migfilter", "1\n") &&
		 has_text("/proc/self/mignodes", "list:7,900\n") && has_text("/proc/self/decay/iojob", "1\n") &&
		 has_text("/proc/self/selected", "0\n"));
}
