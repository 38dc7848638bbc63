# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests of build.sh as a person uses it."""
