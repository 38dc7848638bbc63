# SPDX-License-Identifier: GPL-2.0-or-later
# In the initramfs of a PC that clusterdisc-serve has started. These functions take the place of live-boot's functions of
# the same names (live-boot sources its files by name, and this one is the last): those wait for 15 seconds for cards
# without a cable, fetch one file only, do not look whether there is memory for it, and give up at the first problem.
#
# shellcheck shell=sh disable=SC2013,SC2154 # words are meant; mountpoint is live-boot's

serve_programs=/usr/lib/clusterdisc/serve

# Shows a line on every console, not only in boot.log.
serve_say ()
{
	for serve_console in $(cat /sys/class/tty/console/active)
	do
		echo "ClusterDisc: $*" 2>/dev/null > "/dev/${serve_console}" || true
	done
}

# The value of a word of the kernel command line.
serve_word ()
{
	for serve_parameter in $(cat /proc/cmdline)
	do
		case "${serve_parameter}" in
			"${1}"=*) echo "${serve_parameter#*=}" ;;
		esac
	done | tail -n 1
}

serve_available_kib ()
{
	sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo
}

# Nothing more can be done with this PC as it is: says so until somebody comes.
serve_give_up ()
{
	serve_say "$*"
	panic "ClusterDisc: $*"
}

# A new start finds the node that serves now.
serve_restart ()
{
	serve_say "$* This PC starts again."
	sleep 5
	reboot -f
}

# live-boot calls this first; serve_find_card does its work when the drivers are there.
Select_eth_device ()
{
	:
}

# Sets serve_card to the card that the PC was started from, serve_mac to its address.
serve_find_card ()
{
	modprobe -q af_packet || true
	udevadm trigger
	udevadm settle
	serve_mac="$(serve_word BOOTIF | sed -e 's/^01[-:]//' -e 's/-/:/g')"
	serve_tries=0
	while true
	do
		for serve_directory in /sys/class/net/*
		do
			[ "$(cat "${serve_directory}/address")" = "${serve_mac}" ] || continue
			serve_card="${serve_directory##*/}"
			return 0
		done
		serve_tries=$((serve_tries + 1))
		if [ "${serve_tries}" -eq 30 ]
		then
			serve_say "No driver has found the network card ${serve_mac} that this PC was started from."
			serve_give_up "Start it from the disc, or from another card. Cards found: $(cd /sys/class/net && echo *)"
		fi
		sleep 1
	done
}

serve_wait_for_cable ()
{
	ip link set "${serve_card}" up
	serve_tries=0
	while [ "$(cat "/sys/class/net/${serve_card}/carrier" 2>/dev/null)" != 1 ]
	do
		serve_tries=$((serve_tries + 1))
		[ $((serve_tries % 10)) -ne 5 ] || serve_say "Waiting for the cable of ${serve_card}."
		sleep 1
	done
}

# The own class tells our server that this is no office PC.
serve_get_address ()
{
	until udhcpc -f -n -q -t 5 -T 2 -i "${serve_card}" -V clusterdisc -s "${serve_programs}/udhcpc-script"
	do
		serve_say "No DHCP server gives ${serve_card} (${serve_mac}) an address; asking again."
	done
}

serve_say_lines ()
{
	# shellcheck disable=SC2162 # lines of a program of ours
	while read serve_line
	do
		serve_say "${serve_line}"
	done
}

# Gives what there is of the image, growing files included, to other PCs that start. A directory of its own, so that the
# cluster key is not below it; links within the medium, so that they lead nowhere else.
serve_give ()
{
	serve_given="${mountpoint}/clusterdisc/given"
	mkdir -p "${mountpoint}/live" "${mountpoint}/clusterdisc/serve" "${serve_given}/clusterdisc"
	ln -s ../../live "${serve_given}/live"
	ln -s ../../serve "${serve_given}/clusterdisc/serve"
	# A group of its own: each transfer is a process.
	setsid busybox httpd -f -p 5433 -u 65534:65534 -h "${serve_given}" &
	serve_httpd="${!}"
}

# The files of serve_list, from the server or from other PCs that it names.
serve_fetch ()
{
	(
		# shellcheck disable=SC3040 # busybox has it
		set -o pipefail
		echo "${serve_list}" | "${serve_programs}/clusterdisc-fetch" "${serve_server}" "${serve_mac}" "${mountpoint}" 2>&1 |
			serve_say_lines
	) || serve_restart "The image could not be fetched."
	echo "${serve_list}" | "${serve_programs}/clusterdisc-fetch" --stay "${serve_server}" "${serve_mac}" "${mountpoint}" > /dev/null &
	serve_stay="${!}"
}

# The server is told first, so that it names somebody else to those that fetch from here.
serve_give_no_more ()
{
	kill "${serve_stay}" 2>/dev/null || true
	wait "${serve_stay}" || true
	echo "${serve_list}" | "${serve_programs}/clusterdisc-fetch" --leave "${serve_server}" "${serve_mac}" "${mountpoint}" || true
	kill -- "-${serve_httpd}" 2>/dev/null || true
	rm -r "${serve_given}"
}

# Sets serve_files to the list "BYTES NAME SHA256" of what the server has, of names that are meant for a medium only.
serve_list_files ()
{
	serve_tries=0
	until serve_files="$(wget -q -O - "http://${serve_server}/files.txt" | head -c 65536 |
		grep -E '^[0-9]{1,12} (live|clusterdisc/serve)/[A-Za-z0-9][A-Za-z0-9._+-]* ([0-9a-f]{64}|-)$')"
	do
		serve_tries=$((serve_tries + 1))
		serve_say "The server ${serve_server} does not answer; asking again."
		[ "${serve_tries}" -lt 30 ] || serve_restart "The server ${serve_server} does not come back."
		sleep 2
	done
}

# A PC with too little memory for the system can be a drone. Of the boot loaders PXELINUX alone asks for a PC's own file.
serve_ask_for_drone ()
{
	[ ! -d /sys/firmware/efi ] || return 0
	if "${serve_programs}/clusterdisc-fetch" --drone "${serve_server}" "${serve_mac}" / < /dev/null
	then
		serve_restart "It becomes a drone (computes for others, has no login)."
	fi
}

do_netmount ()
{
	serve_server="$(serve_word clusterdisc.serve)"
	serve_find_card
	serve_wait_for_cable
	serve_get_address
	serve_list_files

	serve_bytes="$(echo "${serve_files}" | awk '$2 ~ /\.squashfs$/ { sum += $1 } END { printf "%.0f\n", sum }')"
	# What the system gets besides the image: 96 MiB.
	serve_needed=$((serve_bytes / 1048576 + 1 + 96))
	serve_available=$(($(serve_available_kib) / 1024))
	if [ "${serve_available}" -lt "${serve_needed}" ]
	then
		serve_say "This PC has ${serve_available} MiB of memory free; starting over the network needs ${serve_needed} MiB."
		serve_ask_for_drone
		serve_give_up "Add $((serve_needed - serve_available)) MiB of memory, or start this PC from the disc itself."
	fi

	mount -t tmpfs -o "size=$((serve_available - 48))m,mode=755" medium "${mountpoint}"
	# The server's list has the layers first: with a part of it this PC is as far in it as others are.
	serve_list="$(echo "${serve_files}" | grep '\.squashfs ')"
	# With kernel and boot loaders this PC can serve others, when somebody wants that. A PC with little memory goes without.
	serve_rest="$(echo "${serve_files}" | awk '$2 !~ /\.squashfs$/ { sum += $1 } END { printf "%.0f\n", sum }')"
	if [ "${serve_available}" -ge $((serve_needed + serve_rest / 1048576 + 128)) ]
	then
		serve_list="${serve_files}"
	fi
	serve_say "Fetching $((serve_bytes / 1048576 + 1)) MiB from ${serve_server} into memory (${serve_card}, ${serve_mac})."
	serve_give
	serve_fetch

	"${serve_programs}/clusterdisc-ask-key" "${serve_server}" "${serve_mac}" "${mountpoint}/clusterdisc/cluster.key" 2>&1 |
		serve_say_lines
	[ -f "${mountpoint}/clusterdisc/cluster.key" ] || serve_restart "This PC could not ask for the cluster key."
	serve_give_no_more
	# The system gives the card an address of its own.
	ip address flush dev "${serve_card}"
	return 0
}
