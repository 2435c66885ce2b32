"""Names and notes that try to be formulas, markup, cues or paths are shown as text in every format."""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ET
import zipfile

import openpyxl
import pytest

from fead_desktop.report.interchange.plain import LONGEST, one_line, spreadsheet_text
from tests.unit.report.interchange import readers
from tests.unit.report.interchange.conftest import HOSTILE, Exported

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def test_files_are_made_in_the_folder_and_nowhere_else(hostile: Exported) -> None:
    made = [path for path in hostile.folder.parent.rglob("*") if path.is_file()]
    assert {path for path in made if path.parent != hostile.folder} == {
        hostile.case,
        hostile.recording,
    }
    assert all("cmd" not in path.name and "passwd" not in path.name for path in made)


def test_no_text_of_a_table_is_a_formula(hostile: Exported) -> None:
    seen = 0
    for path in hostile.folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                for cell in row:
                    number = cell.replace("e", "").lstrip("-").replace("-", "").replace(".", "")
                    assert number.isdigit() or not cell.startswith(FORMULA), (path.name, cell)
                    seen += cell.startswith("'")
    assert seen >= 6  # names of persons, and the notes of markers


def test_no_cell_of_the_workbook_is_a_formula_or_a_link(hostile: Exported) -> None:
    book = openpyxl.load_workbook(hostile.file(".xlsx"))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not any(cell.hyperlink for cell in cells)
    names = [row[1].value for row in book["Persons"].iter_rows(min_row=2)]
    assert names[0].startswith("=cmd|'/C calc'!A0 <script>")
    notes = [row[-1].value for row in book["Markers"].iter_rows(min_row=2)]
    assert notes[0].startswith("+long")
    assert len(notes[0]) == LONGEST
    with zipfile.ZipFile(hostile.file(".xlsx")) as parts:
        assert not [name for name in parts.namelist() if "externalLink" in name or "vba" in name]
        sheets = [parts.read(name) for name in parts.namelist() if "sheet" in name]
    assert not any(b"<f>" in sheet for sheet in sheets)


@pytest.mark.parametrize(
    ("suffix", "read"), [(".srt", readers.read_srt), (".vtt", readers.read_vtt)]
)
def test_subtitles_hold_the_eight_cues_and_no_markup(hostile: Exported, suffix, read) -> None:
    text = hostile.file(suffix).read_text("utf-8")
    assert "<" not in text
    assert "{\\an" not in text.replace("\\\\", "") or suffix == ".vtt"
    assert text.count("-->") == 8
    cues = read(hostile.file(suffix))
    assert len(cues) == 8
    assert sum("script" in cue[2] for cue in cues) == 3


def test_chapters_hold_the_eight_titles(hostile: Exported) -> None:
    titles = [
        title for *_, title in readers.read_chapters(hostile.file(".ffmetadata"), "ffmetadata")
    ]
    assert len(titles) == 8
    (note,) = [title for title in titles if title.startswith("marker 2")]
    assert note == one_line(f"marker 2 · {HOSTILE[1].strip()}")


def test_annotations_keep_the_text_as_text(hostile: Exported) -> None:
    tiers = readers.read_eaf(hostile.file(".eaf"))
    assert readers.read_textgrid(hostile.file(".TextGrid")).keys() == tiers.keys()
    name = one_line(HOSTILE[0], 60)
    assert f"1 {name} · events" in tiers
    assert tiers == readers.read_textgrid(hostile.file(".TextGrid"))
    assert {each.tag for each in ET.parse(hostile.file(".eaf")).iter()} == {
        "ANNOTATION_DOCUMENT", "HEADER", "MEDIA_DESCRIPTOR", "TIME_ORDER", "TIME_SLOT", "TIER", "ANNOTATION",
        "ALIGNABLE_ANNOTATION", "ANNOTATION_VALUE", "LINGUISTIC_TYPE",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  two\n\tlines\x0b ", "two lines"),
        ("a\x00b\x1bc", "a b c"),
        ("\udcff\ufffe", "��"),
        ("right\u202eleft", "rightleft"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("é 漢 🙂", "é 漢 🙂"),
        ("", ""),
    ],
)
def test_text_is_one_line(text: str, line: str) -> None:
    assert one_line(text) == line


def test_long_text_is_cut_where_it_can_be_seen() -> None:
    assert one_line("x" * 10**7) == "x" * (LONGEST - 1) + "…"
    assert one_line("x" * LONGEST) == "x" * LONGEST


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r\n=1", " =1", "\u200e=1"])
def test_what_would_begin_a_formula_gets_the_sign_of_text(text: str) -> None:
    assert spreadsheet_text(text).startswith("'")


def test_other_text_stays() -> None:
    assert spreadsheet_text("Anna = A") == "Anna = A"
