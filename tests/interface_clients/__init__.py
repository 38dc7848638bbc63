# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs that use the openMosix interface of the kernel as openMosix's own clients did, in three languages."""
