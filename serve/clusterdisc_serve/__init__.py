# SPDX-License-Identifier: GPL-2.0-or-later
"""Starts the PCs of a room over the network: docs/network-boot.md."""
