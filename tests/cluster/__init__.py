# SPDX-License-Identifier: GPL-2.0-or-later
"""Clusters of real omdiscd daemons: one network namespace for each PC, one for each switch."""
