# SPDX-License-Identifier: GPL-2.0-or-later
"""The instruction-set lint: does everything on a disc run on an i486 with the openMosix kernel?"""
