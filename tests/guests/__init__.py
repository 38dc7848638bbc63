# SPDX-License-Identifier: GPL-2.0-or-later
"""Small programs of one behaviour each, which are right wherever they run: see README.md."""
