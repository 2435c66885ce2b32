"""The formats that a case is written in, as a table, and the one function that writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fead_desktop import APP_NAME, __version__
from fead_desktop.case.store import Case
from fead_desktop.case.training import REMARK
from fead_desktop.errors import CaseError, UsageError
from fead_desktop.progress import NoProgress, Progress
from fead_desktop.report.files import write_atomically
from fead_desktop.report.interchange import events, other_tools, with_recording
from fead_desktop.report.interchange.chapters import ffmetadata
from fead_desktop.report.interchange.eaf import eaf
from fead_desktop.report.interchange.subtitles import srt, webvtt
from fead_desktop.report.interchange.textgrid import textgrid
from fead_desktop.report.interchange.timeline import Timeline, build_timeline
from fead_desktop.report.interchange.workbook import workbook
from fead_desktop.report.options import ReportOptions
from fead_desktop.report.redaction import redacted
from fead_desktop.report.tables import SUMMARY_FILE, FileToWrite, csv_files, summary_bytes
from fead_desktop.review.filters import EventFilter

if TYPE_CHECKING:
    import pandas as pd

#: Files beside the recording must never take the place of its own subtitles or annotations.
_MARK = ".fead"

#: What is done before a format is written; how far that is says nothing about the format.
_BEFOREHAND = frozenset({"hash", "index"})

_Write = Callable[[Case, Path, ReportOptions, Progress], list[Path]]
_Names = Callable[[Case, ReportOptions], list[str]]
_Files = Callable[[Case], Iterator[FileToWrite]]


@dataclass(frozen=True)
class Format:
    """A format as the analyst chooses it, and what it is for.

    write : makes the files and returns them; none is left half-written.
    names : names of these files in the folder, told before they are written.
    heeds : the options that it heeds, besides the replaced names.
    """

    name: str
    title: str
    purpose: str
    write: _Write
    names: _Names
    heeds: frozenset[str] = frozenset()


def export(
    case: Case,
    names: Sequence[str],
    folder: Path,
    options: ReportOptions | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Write the case in the named formats; returns the files written.

    Where the analyst cancels, files that were complete by then stay and none is left half-written.

    Raises
    ------
    CaseError
        When the case holds no results yet.
    OutputError
        When the folder can't be written.
    CancelledError
        When the analyst cancelled.
    """
    chosen, watched = options or ReportOptions(), progress or NoProgress()
    if not case.has_results:
        raise CaseError(f"'{case.path.name}' holds no results yet; analyse its recording first.")
    if chosen.replace_names and EventFilter.from_text(chosen.event_filter).tells_names:
        raise UsageError(
            "A filter by words or reviewer tells names; take it off where names are replaced."
        )
    if case.training is not None:
        raise UsageError(REMARK)
    facts = case.recording
    if chosen.recording is None and facts is not None:
        chosen = replace(chosen, recording=Path(facts.path))
    written: list[Path] = []
    shown = redacted(case) if chosen.replace_names else case
    for number, name in enumerate(names):
        watched.raise_if_cancelled()
        part = _Part(watched, FORMATS[name].title, number, len(names))
        part.report("", 0, 1)
        written += FORMATS[name].write(shown, folder, chosen, part)
    watched.report("export", len(names), len(names), "")
    return written


def planned(case: Case, names: Sequence[str], options: ReportOptions) -> list[str]:
    """Return the names of the files that :func:`export` would write."""
    shown = redacted(case) if options.replace_names else case
    return [file for name in names for file in FORMATS[name].names(shown, options)]


def named_formats(text: str) -> list[str]:
    """Return the names in a text with commas between, each once; what is no format is refused."""
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = sorted(set(names) - set(FORMATS))
    if unknown or not names:
        wrong = f"There is no format '{', '.join(unknown)}'" if unknown else "No format is named"
        raise UsageError(f"{wrong}; choose from {', '.join(FORMATS)}.")
    return names


class _Part:
    """Progress of one format as its part of the whole export; ``done`` of the whole counts formats."""

    def __init__(self, whole: Progress, title: str, number: int, of: int):
        self._whole, self._title, self._number, self._of = whole, title, number, of
        self._share = 0.0
        self.raise_if_cancelled = whole.raise_if_cancelled

    def report(self, stage: str, done: float, total: float, message: str = "") -> None:
        if stage in _BEFOREHAND:
            message = "reading the recording"
        elif total > 0:
            self._share = min(max(done / total, self._share), 1.0)
        told = f"{self._title}: {message}" if message else self._title
        self._whole.report("export", self._number + self._share, self._of, told)


def _format(name: str, title: str, purpose: str, files: _Files) -> Format:
    def write(case: Case, folder: Path, _options: ReportOptions, progress: Progress) -> list[Path]:
        written = []
        todo = list(files(case))
        for number, (file, make) in enumerate(todo):
            progress.raise_if_cancelled()
            progress.report(name, number, len(todo), file)
            written.append(write_atomically(folder / file, make(progress)))
        return written

    def names(case: Case, _options: ReportOptions) -> list[str]:
        return [file for file, _ in files(case)]

    return Format(name, title, purpose, write, names)


def _csv(case: Case) -> Iterator[FileToWrite]:
    yield from csv_files(case)
    yield "events.csv", lambda _: events.csv_bytes(events.events_table(case))
    yield "markers.csv", lambda _: events.csv_bytes(events.markers_table(case))
    columns = {c.name: c for c in (*events.EVENT_COLUMNS, *events.MARKER_COLUMNS)}
    entries = partial(events.dictionary_table, list(columns.values()))
    yield "events_data_dictionary.csv", lambda _: events.csv_bytes(entries())


def _json(case: Case) -> Iterator[FileToWrite]:
    yield SUMMARY_FILE, lambda _: summary_bytes(case)


def _workbook(case: Case) -> Iterator[FileToWrite]:
    yield f"{case.path.stem}{_MARK}.xlsx", partial(workbook, case)


def _of_timeline(suffix: str, data: Callable[[Timeline], bytes]) -> _Files:
    def files(case: Case) -> Iterator[FileToWrite]:
        yield f"{case.path.stem}{_MARK}{suffix}", lambda _: data(build_timeline(case))

    return files


def _eaf(case: Case) -> Iterator[FileToWrite]:
    # The time of the results, not of writing: the same case gives the same file.
    times = [time for time, action, _ in case.log_entries() if action == "analysis finished"]
    author, date = f"{APP_NAME} {__version__}", times[-1]
    name = f"{case.path.stem}{_MARK}.eaf"
    yield name, lambda _: eaf(build_timeline(case), author=author, date=date)


def _like(tool: str, table_of: Callable[[Case, int], pd.DataFrame]) -> _Files:
    def files(case: Case) -> Iterator[FileToWrite]:
        columns: list[str] = []

        def table(person: int, _progress: Progress) -> bytes:
            made = table_of(case, person)
            columns[:] = made.columns
            return events.csv_bytes(made)

        def dictionary(_progress: Progress) -> bytes:
            entries = other_tools.dictionary(tool, columns)
            return events.csv_bytes(events.dictionary_table(entries))

        persons = [person.person for person in case.persons()]
        stem = f"{case.path.stem}{_MARK}.{tool}"
        for person in persons:
            yield f"{stem}_person_{person}.csv", partial(table, person)
        if persons:
            yield f"{stem}_data_dictionary.csv", dictionary

    return files


_TABLES = (
    _format(
        "csv", "Tables (CSV)",
        "Every frame's measures and scores, one table a person; events, verdicts, markers; data dictionary", _csv,
    ),
    _format("xlsx", "Workbook (XLSX)", "The same tables as sheets, for Excel and LibreOffice", _workbook),
    _format("json", "Summary (JSON)", "Events, persons and settings, for programs", _json),
    _format(
        "eaf", "ELAN annotations (EAF)", "Events, verdicts and apparent emotions as tiers, beside the recording", _eaf
    ),
    _format("textgrid", "Praat TextGrid", "The same tiers, beside the sound", _of_timeline(".TextGrid", textgrid)),
    _format("srt", "Subtitles (SRT)", "Events and markers as captions in any player", _of_timeline(".srt", srt)),
    _format("vtt", "Subtitles (WebVTT)", "Events and markers as captions in a browser", _of_timeline(".vtt", webvtt)),
    _format(
        "chapters", "Chapters (FFmetadata)", "Events as chapters, for FFmpeg and mkvmerge",
        _of_timeline(".ffmetadata", ffmetadata),
    ),
    _format(
        "openface", "Table like OpenFace's (CSV)", "For scripts written for OpenFace",
        _like("openface", other_tools.openface_table),
    ),
    _format(
        "pyfeat", "Table like py-feat's (CSV)", "For scripts written for py-feat",
        _like("pyfeat", other_tools.pyfeat_table),
    ),
)  # fmt: skip
_PICTURES = frozenset({"events", "blur_others"})
_REPORT = _PICTURES | {"stills", "language"}
_CLIPS = frozenset({"clip_margin_s", "clip_speed", "clip_reel", "overlays"})
_WITH_RECORDING = (
    Format(
        "html", "Report (HTML)", "One file to read in any browser, without a network",
        with_recording.write_html, with_recording.html_names, _REPORT | {"paper"},
    ),
    Format(
        "pdf", "Report (PDF)", "The same report to print and to file",
        with_recording.write_pdf, with_recording.pdf_names, _REPORT | {"paper"},
    ),
    Format(
        "clips", "Clips (MP4)", "Each event as a film with what is burnt in, or all as one reel",
        with_recording.write_clips, with_recording.clip_names,
        _PICTURES | _CLIPS,
    ),
    Format(
        "stills", "Pictures (PNG)", "Onset, peak and offset of each event, with metadata",
        with_recording.write_stills, with_recording.still_names, _PICTURES,
    ),
    Format(
        "evidence", "Evidence package (ZIP)",
        "Case, report, clips, pictures, tables and log with every file's SHA-256, to be checked later",
        with_recording.write_evidence, with_recording.evidence_names, _REPORT | _CLIPS | {"paper"},
    ),
)  # fmt: skip

#: By name, in the order in which they are offered.
FORMATS: dict[str, Format] = {each.name: each for each in (*_WITH_RECORDING, *_TABLES)}
#: Formats made of the case alone, without a look at the recording.
TABLES = tuple(each.name for each in _TABLES)
