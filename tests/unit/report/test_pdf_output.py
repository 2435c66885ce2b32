"""How the PDF comes to the disk: without all of its pictures in memory, and only as far as nobody cancels."""

from __future__ import annotations

import io
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from fpdf import FPDF
from pypdf import PdfReader

from fead_desktop.errors import CancelledError
from fead_desktop.progress import NoProgress
from fead_desktop.report.pdf_output import Waiting, write_pages
from tests.helpers.cases import face_jpeg

SIZE, PICTURES = 1 << 20, 24


class Document(FPDF):
    def file_id(self) -> str:
        return "<00><00>"


class StopsAt(NoProgress):
    def __init__(self, asked: int):
        self.left = asked

    def raise_if_cancelled(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise CancelledError("Cancelled.")


def heavy(number: int) -> bytes:
    """Return a JPEG of a megabyte that no other number has; bytes behind its end belong to no picture."""
    jpeg = face_jpeg(1)
    return jpeg + bytes(SIZE - len(jpeg) - 2) + bytes([100 + number, 1])


def drawn(room: io.BufferedRandom) -> Document:
    pdf = Document()
    for number in range(PICTURES):
        pdf.add_page()
        placed = pdf.image(io.BytesIO(heavy(number)), w=50)
        placed["data"] = Waiting(placed["data"], room)
    return pdf


def test_many_pictures_are_never_in_memory_together(tmp_path: Path) -> None:
    path = tmp_path / "many.pdf"
    tracemalloc.start()
    with tempfile.TemporaryFile(dir=tmp_path) as room:
        write_pages(drawn(room), path, NoProgress())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert path.stat().st_size > SIZE * PICTURES
    assert peak < SIZE * PICTURES / 3
    streams = [
        next(iter(page["/Resources"]["/XObject"].values())).get_object()
        for page in PdfReader(path).pages
    ]
    assert [each._data for each in streams] == [heavy(n) for n in range(PICTURES)]


def test_it_stops_between_two_parts(tmp_path: Path) -> None:
    stops = StopsAt(30)
    with tempfile.TemporaryFile(dir=tmp_path) as room, pytest.raises(CancelledError):
        write_pages(drawn(room), tmp_path / "half.pdf", stops)
    assert (tmp_path / "half.pdf").stat().st_size < SIZE * PICTURES
