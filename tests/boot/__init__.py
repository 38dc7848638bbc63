# SPDX-License-Identifier: GPL-2.0-or-later
"""What only the boot tests need: the disc with its menus, a scratch disk, pictures."""
