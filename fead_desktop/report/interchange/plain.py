"""Text that others wrote (names, notes, paths) as one harmless line, for any format."""

from __future__ import annotations

import unicodedata

#: Longer text is cut; every format and every reader takes this much.
LONGEST = 1000
#: What spreadsheets take for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@")
_JOINERS = "\u200c\u200d"


def one_line(text: str, longest: int = LONGEST) -> str:
    """Return text without line breaks, control characters and what is no Unicode, cut with an ellipsis."""
    shown = "".join(_shown(sign) for sign in text[: 4 * longest])
    line = " ".join(shown.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def spreadsheet_text(text: str) -> str:
    """Return one line that a spreadsheet reading CSV takes for text, never for a formula.

    An apostrophe goes before what would begin one, as OWASP advises ("CSV Injection"); Excel and LibreOffice
    know it as the sign of text.
    """
    line = one_line(text)
    return f"'{line}" if line.startswith(_FORMULA) else line


def _shown(sign: str) -> str:
    kind = unicodedata.category(sign)
    if kind in {"Cc", "Zl", "Zp"}:  # line breaks and tabs among them
        return " "
    if kind == "Cs" or ord(sign) & 0xFFFE == 0xFFFE:  # XML refuses them
        return "\ufffd"
    # Marks of direction let a text look like another; joiners are part of words.
    return "" if kind == "Cf" and sign not in _JOINERS else sign
