"""The fonts of the PDF: one that has most letters, and whatever this computer has for the others."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

#: Letters in more fonts than this are shown by their number.
_MOST_FONTS = 8
#: Fonts of these names come after the plain ones.
_STYLES = (
    "bold", "italic", "oblique", "light", "thin", "black", "medium", "condensed", "mono", "serif", "display",
)  # fmt: skip


def usual_fonts() -> tuple[Path, Path]:
    """Return DejaVu Sans, normal and bold, as matplotlib carries it: most alphabets, no Chinese, Japanese, Korean."""
    found = importlib.util.find_spec("matplotlib")
    assert found is not None
    assert found.origin is not None
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    return folder / "DejaVuSans.ttf", folder / "DejaVuSans-Bold.ttf"


def letters_of(font: Path) -> frozenset[int]:
    """Return the letters that a font has, as numbers; none where the file can't be read.

    Of a file that holds several fonts the first one counts; they have the same letters.
    """
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(font, fontNumber=0, lazy=True) as opened:
            if "glyf" not in opened and "CFF " not in opened:
                return frozenset()  # pictures of letters in colour can't be embedded
            return frozenset(opened.getBestCmap() or ())
    except (OSError, TTLibError, KeyError, ValueError, AssertionError):
        return frozenset()


def further_fonts(missing: Iterable[int], folders: Iterable[Path]) -> tuple[list[Path], set[int]]:
    """Return fonts of this computer that have letters, and the letters that none has."""
    left = set(missing)
    chosen: list[Path] = []
    for font in _installed(folders) if left else ():
        if not left or len(chosen) == _MOST_FONTS:
            break
        has = left & letters_of(font)
        if has:
            chosen.append(font)
            left -= has
    return chosen, left


def font_folders() -> list[Path]:
    """Return where this computer keeps its fonts."""
    home = Path.home()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", str(home / "AppData" / "Local"))
        return [
            Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts",
            Path(local) / "Microsoft" / "Windows" / "Fonts",
        ]
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    return [
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        home / ".local/share/fonts",
        home / ".fonts",
    ]


def _installed(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        found = [p for p in folder.rglob("*") if p.suffix.lower() in {".ttf", ".otf", ".ttc"}]
        yield from sorted(found, key=lambda path: (_is_styled(path), path))


def _is_styled(path: Path) -> bool:
    name = path.stem.lower()
    return any(word in name for word in _STYLES)
