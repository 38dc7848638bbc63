# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes that move between nodes: every guest, real programs, refusals, failures, leaks. See README.md."""
