# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests of clusterdisc-serve: logic, real dnsmasq in network namespaces, PCs that start from a node over the network."""
