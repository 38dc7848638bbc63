# SPDX-License-Identifier: GPL-2.0-or-later
"""Plain text out of terminal output."""

import pytest

from qemu.terminal_text import TerminalText


@pytest.mark.parametrize(("data", "text"), [
    (b"plain\r\n", "plain\n"),
    (b"\x1b[1;31mred\x1b[0m", "red"),
    (b"\x1b[?2004hprompt", "prompt"),
    (b"\x1b]0;title\x07text", "text"),
    (b"\x1b(0\x1b)Bbox", "box"),
    (b"\x1bcreset", "reset"),
    ("grün".encode(), "grün"),
    (b"\xff", "\ufffd"),
])
@pytest.mark.parametrize("piece", [1, 2, 1000])
def test_escape_sequences_vanish_however_the_stream_is_cut(data, text, piece):
    decoder = TerminalText()
    assert "".join(decoder.feed(data[start:start + piece]) for start in range(0, len(data), piece)) == text


def test_a_stray_escape_does_not_swallow_the_rest():
    decoder = TerminalText()
    assert decoder.feed(b"\x1b\x01" + b"a" * 1000).count("a") == 1000
