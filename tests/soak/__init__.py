# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs that take hours: what is too long for the tests."""
