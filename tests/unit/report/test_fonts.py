from __future__ import annotations

from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from fead_desktop.report.fonts import font_folders, further_fonts, letters_of, usual_fonts


def make_font(path: Path, letters: str) -> Path:
    """Write a font whose letters are squares."""
    names = {ord(letter): f"g{k}" for k, letter in enumerate(letters)}
    pen = TTGlyphPen(None)
    for k, point in enumerate(((0, 0), (0, 700), (700, 700), (700, 0))):
        (pen.lineTo if k else pen.moveTo)(point)
    pen.closePath()
    square = pen.glyph()
    order = [".notdef", *names.values()]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(names)
    builder.setupGlyf(dict.fromkeys(order, square))
    builder.setupHorizontalMetrics(dict.fromkeys(order, (800, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": path.stem, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    path.parent.mkdir(parents=True, exist_ok=True)
    builder.save(path)
    return path


def test_the_usual_fonts_are_there_and_have_the_signs_of_the_report() -> None:
    for font in usual_fonts():
        letters = letters_of(font)
        assert {ord(sign) for sign in "○✓✗≠?σκ–…“”·αЖ\u00a0"} <= letters


def test_other_letters_are_looked_for_in_the_fonts_of_the_computer(tmp_path: Path) -> None:
    first = make_font(tmp_path / "a" / "first-plain.ttf", "漢字")
    make_font(tmp_path / "b" / "none.ttf", "A")
    second = make_font(tmp_path / "c" / "second.otf", "한")
    make_font(tmp_path / "a" / "first-Bold.ttf", "漢字")  # sorts before the plain one
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "broken.ttf").write_bytes(b"no font")
    missing = {ord(sign) for sign in "漢字한🙂"}
    fonts, left = further_fonts(missing, [tmp_path])
    assert fonts == [first, second]
    assert left == {ord("🙂")}


def test_nothing_is_searched_where_nothing_is_missing(tmp_path: Path) -> None:
    assert further_fonts([], [tmp_path / "not there"]) == ([], set())


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_every_system_has_its_folders(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", platform)
    assert all(folder.name for folder in font_folders())
