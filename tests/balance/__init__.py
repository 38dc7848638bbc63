# SPDX-License-Identifier: GPL-2.0-or-later
"""The balancer's own code on virtual clusters."""
