# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests of clusterdisc-remaster on the finished disc, as a user without privileges."""
