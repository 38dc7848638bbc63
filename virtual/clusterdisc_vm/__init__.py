# SPDX-License-Identifier: GPL-2.0-or-later
"""A virtual cluster on the desk: the command clusterdisc-vm, which `./build.sh cluster` calls.

Each cluster has a background process (cluster_process.py) that owns its network and its virtual PCs; the command sends it one
request per verb through a socket in the cluster's run directory, where all that belongs to the cluster lies.
"""
