"""The formats that a case is written in, as a table, and the one function that writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fead_desktop import APP_NAME, __version__
from fead_desktop.case.store import Case
from fead_desktop.errors import CaseError, UsageError
from fead_desktop.report.files import write_atomically
from fead_desktop.report.interchange import events, other_tools
from fead_desktop.report.interchange.chapters import ffmetadata
from fead_desktop.report.interchange.eaf import eaf
from fead_desktop.report.interchange.subtitles import srt, webvtt
from fead_desktop.report.interchange.textgrid import textgrid
from fead_desktop.report.interchange.timeline import Timeline, build_timeline
from fead_desktop.report.interchange.workbook import workbook
from fead_desktop.report.tables import export_csv, export_json

if TYPE_CHECKING:
    import pandas as pd

#: Files beside the recording must never take the place of its own subtitles or annotations.
_MARK = ".fead"

#: File names in the folder and their contents, one at a time.
_Files = Iterator[tuple[str, bytes]]


@dataclass(frozen=True)
class Format:
    """A format as the analyst chooses it; ``write`` returns the files it wrote."""

    name: str
    title: str
    write: Callable[[Case, Path], list[Path]]


def export(case: Case, names: Sequence[str], folder: Path) -> list[Path]:
    """Write the case in the named formats; returns the files written.

    Raises
    ------
    CaseError
        When the case holds no results yet.
    OutputError
        When the folder can't be written.
    """
    if not case.has_results:
        raise CaseError(f"'{case.path.name}' holds no results yet; analyse its recording first.")
    return [path for name in names for path in FORMATS[name].write(case, folder)]


def named_formats(text: str) -> list[str]:
    """Return the names in a text with commas between, each once; what is no format is refused."""
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = sorted(set(names) - set(FORMATS))
    if unknown or not names:
        wrong = f"There is no format '{', '.join(unknown)}'" if unknown else "No format is named"
        raise UsageError(f"{wrong}; choose from {', '.join(FORMATS)}.")
    return names


def _written(files: Callable[[Case], _Files]) -> Callable[[Case, Path], list[Path]]:
    def write(case: Case, folder: Path) -> list[Path]:
        return [write_atomically(folder / name, data) for name, data in files(case)]

    return write


def _csv(case: Case, folder: Path) -> list[Path]:
    return export_csv(case, folder) + _written(_event_tables)(case, folder)


def _json(case: Case, folder: Path) -> list[Path]:
    return [export_json(case, folder)]


def _event_tables(case: Case) -> _Files:
    yield "events.csv", events.csv_bytes(events.events_table(case))
    yield "markers.csv", events.csv_bytes(events.markers_table(case))
    columns = {c.name: c for c in (*events.EVENT_COLUMNS, *events.MARKER_COLUMNS)}
    entries = events.dictionary_table(list(columns.values()))
    yield "events_data_dictionary.csv", events.csv_bytes(entries)


def _workbook(case: Case) -> _Files:
    yield f"{case.path.stem}{_MARK}.xlsx", workbook(case)


def _timeline_file(suffix: str, data: Callable[[Timeline], bytes], case: Case) -> _Files:
    yield f"{case.path.stem}{_MARK}{suffix}", data(build_timeline(case))


def _eaf(case: Case) -> _Files:
    # The time of the results, not of writing: the same case gives the same file.
    times = [time for time, action, _ in case.log_entries() if action == "analysis finished"]
    author, date = f"{APP_NAME} {__version__}", times[-1]
    data = eaf(build_timeline(case), author=author, date=date)
    yield f"{case.path.stem}{_MARK}.eaf", data


def _like(tool: str, table_of: Callable[[Case, int], pd.DataFrame], case: Case) -> _Files:
    columns: list[str] = []
    for person in case.persons():
        table = table_of(case, person.person)
        columns = list(table.columns)
        yield f"{case.path.stem}{_MARK}.{tool}_person_{person.person}.csv", events.csv_bytes(table)
    if columns:
        entries = events.dictionary_table(other_tools.dictionary(tool, columns))
        yield f"{case.path.stem}{_MARK}.{tool}_data_dictionary.csv", events.csv_bytes(entries)


_ALL = (
    Format("csv", "Tables (CSV), one a person, with data dictionary", _csv),
    Format("xlsx", "Workbook (XLSX) of all tables", _written(_workbook)),
    Format("json", "Summary (JSON)", _json),
    Format("eaf", "ELAN annotations (EAF)", _written(_eaf)),
    Format("textgrid", "Praat TextGrid", _written(partial(_timeline_file, ".TextGrid", textgrid))),
    Format("srt", "Subtitles (SRT)", _written(partial(_timeline_file, ".srt", srt))),
    Format("vtt", "Subtitles (WebVTT)", _written(partial(_timeline_file, ".vtt", webvtt))),
    Format(
        "chapters",
        "Chapters (FFmetadata)",
        _written(partial(_timeline_file, ".ffmetadata", ffmetadata)),
    ),
    Format(
        "openface",
        "Table with OpenFace's columns (CSV)",
        _written(partial(_like, "openface", other_tools.openface_table)),
    ),
    Format(
        "pyfeat",
        "Table with py-feat's columns (CSV)",
        _written(partial(_like, "pyfeat", other_tools.pyfeat_table)),
    ),
)
#: By name, in the order in which they are offered.
FORMATS: dict[str, Format] = {each.name: each for each in _ALL}
