# SPDX-License-Identifier: GPL-2.0-or-later
"""Plain text out of a terminal's byte stream, piece by piece: escape sequences, carriage returns and bells are dropped."""

import codecs
import re

# ECMA-48 control sequences, operating system commands, character set choices, and two-character escapes.
_ESCAPE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"
    r"|\][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|[()*+#][\x20-\x7e]"
    r"|[\x30-\x5a\x5c\x5e-\x7e])"
)
_INVISIBLE = str.maketrans("", "", "\r\x07\x00\x0e\x0f")
# An escape sequence that is longer than this is taken for noise, so that one stray ESC cannot swallow the rest.
_LONGEST_ESCAPE = 256


class TerminalText:
    """Decoder with a memory for what a piece left incomplete."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = ""

    def feed(self, data: bytes) -> str:
        """The text that DATA completes."""
        text = _ESCAPE.sub("", self._pending + self._decoder.decode(data))
        escape = text.rfind("\x1b")
        if escape >= 0 and len(text) - escape <= _LONGEST_ESCAPE:
            text, self._pending = text[:escape], text[escape:]
        else:
            self._pending = ""
        return text.replace("\x1b", "").translate(_INVISIBLE)
