"""XLSX: the tables of a case as sheets of one workbook, with data dictionary and the words used."""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fead_desktop import APP_NAME, __version__
from fead_desktop.case.store import Case
from fead_desktop.features.table import Column
from fead_desktop.progress import Progress
from fead_desktop.report.interchange.events import (
    EVENT_COLUMNS,
    MARKER_COLUMNS,
    events_table,
    markers_table,
)
from fead_desktop.report.interchange.plain import one_line
from fead_desktop.report.interchange.timeline import shown_name
from fead_desktop.report.tables import looked_after, person_rows
from fead_desktop.report.words import IS_NOT, TERMS

if TYPE_CHECKING:
    import pandas as pd

#: Rows that a sheet takes below its header.
_MOST_ROWS = 1_048_575

_Rows = Iterable[Sequence[Any]]


def workbook(case: Case, progress: Progress) -> bytes:
    """Return the workbook; rows go to disk as they are made, so a long recording needs little memory."""
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"constant_memory": True}) as book:
        header = book.add_format({"bold": True, "bottom": 1})
        for name, columns, rows in _sheets(case):
            _write(book, name, columns, looked_after(rows, progress), header)
    return buffer.getvalue()


def _sheets(case: Case) -> Iterator[tuple[str, Sequence[str], _Rows]]:
    yield "About", ("what", "value"), _about(case)
    persons = [
        (p.person, shown_name(p), p.faces, p.first_s, p.last_s, p.screen_time_s)
        for p in case.persons()
    ]
    yield "Persons", ("person", "name", "faces", "first_s", "last_s", "screen_time_s"), persons
    described = {column.name: column for column in (*EVENT_COLUMNS, *MARKER_COLUMNS)}
    yield "Events", *_of(events_table(case))
    yield "Markers", *_of(markers_table(case))
    for person in case.persons():
        columns, rows = person_rows(case, person.person)
        described.update({column.name: column for column in columns})
        # Names of sheets are no place for what others wrote: Excel refuses some signs.
        yield f"Person {person.person}", [column.name for column in columns], rows
    yield "Data dictionary", ("column", "type", "unit", "description"), _described(described)
    yield "Words", ("word", "meaning"), TERMS


def _about(case: Case) -> Iterator[tuple[str, Any]]:
    recording, coverage = case.recording, case.coverage
    yield "written by", f"{APP_NAME} {__version__}"
    yield "what it is not", IS_NOT
    if recording is not None:
        yield "recording", recording.path
        yield "SHA-256", recording.sha256
        yield "frames", recording.frames
        yield "duration_s", recording.duration_s
        yield "variable frame rate", "yes" if recording.variable_frame_rate else "no"
    if coverage is not None:
        yield "frames analysed", coverage.frames_analysed
        yield "frames with a face", coverage.frames_with_face
        yield "seconds without a face", coverage.seconds_without_face
    for sentence in case.limits:
        yield "limit", sentence


def _described(columns: dict[str, Column]) -> Iterator[Sequence[Any]]:
    return ((c.name, c.dtype, c.unit, c.description) for c in columns.values())


def _of(table: pd.DataFrame) -> tuple[Sequence[str], _Rows]:
    return list(table.columns), table.itertuples(index=False)


def _write(book: Any, name: str, columns: Sequence[str], rows: _Rows, header: Any) -> None:
    left = iter(rows)
    for number in itertools.count(1):
        part = itertools.islice(left, _MOST_ROWS)
        first = next(part, None)
        if first is None and number > 1:
            return
        sheet = book.add_worksheet(name if number == 1 else f"{name} ({number})")
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(columns) - 1, 14)
        for column, title in enumerate(columns):
            sheet.write_string(0, column, title, header)
        for row, values in enumerate(itertools.chain([] if first is None else [first], part), 1):
            for column, value in enumerate(values):
                _cell(sheet, row, column, value)


def _cell(sheet: Any, row: int, column: int, value: Any) -> None:
    # Never write(): it takes text that begins with "=" for a formula and an address for a link.
    if isinstance(value, bool | np.bool_):
        sheet.write_boolean(row, column, bool(value))
    elif isinstance(value, int | float | np.integer | np.floating):
        if math.isfinite(value):
            sheet.write_number(row, column, _shortest(value))
    elif value is not None and value != "":
        sheet.write_string(row, column, one_line(str(value)))


def _shortest(value: Any) -> float:
    # A float32 as the double that reads the same, not with the noise of its last bits.
    return float(str(value)) if isinstance(value, np.float32) else float(value)
