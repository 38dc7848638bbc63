# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a disc for one lab from a finished ClusterDisc, by layers and without privileges."""
