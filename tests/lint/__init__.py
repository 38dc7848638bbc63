# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules about the source tree itself."""
