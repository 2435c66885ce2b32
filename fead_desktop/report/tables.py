"""The case as tables: one CSV per person, its data dictionary, and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from fead_desktop.anomalies.artefacts import KINDS
from fead_desktop.anomalies.events import Artefact
from fead_desktop.anomalies.views import one_face_a_frame
from fead_desktop.case.case import FUSION
from fead_desktop.case.store import Case
from fead_desktop.features.table import COLUMNS, Column
from fead_desktop.progress import NoProgress, Progress
from fead_desktop.report import verdicts
from fead_desktop.report.files import cannot_write, write_atomically
from fead_desktop.report.summary import summary
from fead_desktop.review.verdict import ANSWERS, moment_of, states
from fead_desktop.video.timebase import format_timecode

_LEADING = (
    Column("timecode", "text", "h:m:s.ms", "time of the frame, relative to the first frame"),
    Column("flag", "0/1", "", "1 within one of the listed events"),
    Column(
        "flagged",
        "0/1",
        "",
        "1 within one of the listed events whose p-value passes the expected false alarms a minute",
    ),
    Column("event", "int", "", "number of the event (1 = most unusual), empty outside events"),
    Column(
        "artefact",
        "text",
        "",
        "what other than an expression may have made the event: one of "
        + ", ".join(KINDS)
        + "; empty where none is likely, none was looked for, or outside events",
    ),
    Column(
        "artefact_likelihood",
        "float",
        "0-1",
        "likelihood of the event's most likely artefact, from measured quantities; from 0.5 on it is named",
    ),
    Column(
        "verdict",
        "text",
        "",
        "what the reviewers say of the event: "
        + ", ".join(ANSWERS)
        + ", or disputed; empty where nobody judged it, and outside events",
    ),
    Column(
        "score_fusion",
        "float",
        "",
        "the score that ranks events; higher = more unusual for this person",
    ),
)
_DETECTORS = {
    "robust": "mean of the four largest deviations from the person's median, in robust standard deviations "
    "(one deviation where the view has one column)",
    "mahalanobis": "distance from the person's median in the trimmed, shrunk covariance of the frames, "
    "in units of the usual spread",
    "autoencoder": "mean squared error of the LSTM autoencoder over all windows that hold the frame: how badly a "
    "model of the person's usual courses in time writes this one again",
    "autoencoder_residual": "what the LSTM autoencoder failed to write again, measure by measure, as a distance "
    "in the usual covariance of such failures, so that measures that move together count once",
    "variational": "mean squared error of the variational autoencoder, a model of single frames, with the mean of "
    "the frame's code",
    "isolation_forest": "Isolation Forest: how few random cuts set the frame apart from the others, 0 to 1",
    "one_class_svm": "One-Class SVM: distance from the border around the usual frames, positive outside",
    "lof": "Local Outlier Factor: how much sparser the frame's neighbourhood is than its neighbours', about 1 "
    "where it is usual",
}
_LEFT_OUT = frozenset({"person"})
SUMMARY_FILE = "summary.json"

_Row = TypeVar("_Row")


#: A file's name in the folder, and what makes its contents.
FileToWrite = tuple[str, Callable[[Progress], bytes]]

#: Rows between two looks at whether the analyst has cancelled.
_ROWS_A_LOOK = 2000


def export_json(case: Case, folder: Path) -> Path:
    """Write ``summary.json``."""
    return write_atomically(folder / SUMMARY_FILE, summary_bytes(case))


def summary_bytes(case: Case) -> bytes:
    """Return the contents of ``summary.json``."""
    text = json.dumps(summary(case), indent=2, ensure_ascii=False, allow_nan=False)
    # A file name that is not Unicode becomes JSON's own escapes.
    return text.encode(errors="backslashreplace")


def export_csv(case: Case, folder: Path) -> list[Path]:
    """Write the files of :func:`csv_files`; in the case's own folder those of earlier persons go."""
    files = csv_files(case)
    written = [write_atomically(folder / name, make(NoProgress())) for name, make in files]
    if folder.resolve() == case.path.resolve().parent:
        _remove_others(folder, written)
    return written


def csv_files(case: Case) -> Iterator[FileToWrite]:
    """Yield ``anomaly_detection_results_person_<n>.csv`` for each person, the verdicts, and the data dictionary.

    The dictionary describes the tables made before it.
    """
    described: dict[str, Column] = {}

    def table_of(person: int, progress: Progress) -> bytes:
        columns, rows = person_rows(case, person)
        described.update({column.name: column for column in columns})
        return _csv([column.name for column in columns], looked_after(rows, progress))

    def judged(progress: Progress) -> bytes:
        described.update({c.name: c for c in verdicts.COLUMNS if c.name not in described})
        rows = looked_after(verdicts.verdict_rows(case), progress)
        return _csv([column.name for column in verdicts.COLUMNS], rows)

    def dictionary(_progress: Progress) -> bytes:
        entries = ((c.name, c.dtype, c.unit, c.description) for c in described.values())
        return _csv(["column", "type", "unit", "description"], entries)

    persons = case.persons()
    for person in persons:
        name = f"anomaly_detection_results_person_{person.person}.csv"
        yield name, partial(table_of, person.person)
    if persons and case.marks().verdicts:
        yield verdicts.FILE, judged
    if persons:
        yield "data_dictionary.csv", dictionary


def looked_after(rows: Iterable[_Row], progress: Progress) -> Iterator[_Row]:
    """Yield the rows of a long table, and leave where the analyst cancels."""
    for number, row in enumerate(rows):
        if number % _ROWS_A_LOOK == 0:
            progress.raise_if_cancelled()
        yield row


def person_rows(case: Case, person: int) -> tuple[list[Column], Iterator[list[Any]]]:
    """Return the columns and rows of a person's table: one row per analysed frame with this person."""
    table = one_face_a_frame(case.features().of_person(person))
    scores = case.person_scores(person)
    events = [event for event in case.events() if event.person == person]
    event_of = np.zeros(len(table), int)
    for event in reversed(events):  # the most unusual one wins where two touch
        inside = (table.frame_number >= event.onset_frame) & (
            table.frame_number <= event.offset_frame
        )
        event_of[inside] = event.event
    said = states(case.marks().verdicts)
    judged = {event.event: said.get(moment_of(event), "") for event in events}
    causes = {event.event: event.artefact for event in events}
    values: list[Iterable[Any]] = [
        table.frame_number,
        [format_timecode(t) for t in table.time_s],
        table.time_s,
        (event_of > 0).astype(int),
        np.isin(event_of, [event.event for event in events if event.flagged]).astype(int),
        [number or "" for number in event_of],
        [_artefact(causes.get(number)).label or "" for number in event_of],
        [_artefact(causes.get(number)).likelihood for number in event_of],
        [judged.get(number, "") for number in event_of],
    ]
    own = {column.name: column for column in COLUMNS}
    columns = [own["frame_number"], _LEADING[0], own["time_s"], *_LEADING[1:-1]]
    if scores is not None:
        row_of = {int(n): i for i, n in enumerate(scores.frame_number)}
        at = np.array([row_of.get(int(n), -1) for n in table.frame_number], int)
        for name in sorted(scores.scores, key=lambda name: (name != FUSION, name)):
            found = np.where(at >= 0, scores.scores[name][at], np.nan)
            columns.append(_score_column(name))
            values.append(found)
    for column in COLUMNS:
        if column.name not in {"frame_number", "time_s"} | _LEFT_OUT:
            columns.append(column)
            values.append(table[column.name])
    return columns, (list(row) for row in zip(*values, strict=True))


def _artefact(artefact: Artefact | None) -> Artefact:
    return Artefact(None, float("nan")) if artefact is None else artefact


def _remove_others(folder: Path, written: Sequence[Path]) -> None:
    """Remove the tables of persons that an earlier analysis of the same case had told apart."""
    for path in folder.glob("anomaly_detection_results_person_*.csv"):
        if path not in written:
            try:
                path.unlink()
            except OSError as error:
                raise cannot_write(path, error) from error


def score_column_name(name: str) -> str:
    """Return the column of a score: ``emotion happy/robust`` becomes ``score_emotion_happy_robust``."""
    return "score_" + name.replace("/", "_").replace(" ", "_")


def _score_column(name: str) -> Column:
    if name == FUSION:
        return _LEADING[-1]
    view, _, detector = name.partition("/")
    words = _DETECTORS.get(detector, f"score of the detector '{detector}'")
    text = f"view '{view}': {words}; higher = more unusual for this person"
    return Column(score_column_name(name), "float", "", text)


def _csv(header: Sequence[str], rows: Iterable[Iterable[Any]]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return buffer.getvalue().encode()


def _decimal(text: str) -> str:
    # A column of whole numbers must not turn into integers where it is read.
    return text if text.lstrip("-").strip("0123456789") else f"{text}.0"


def _cell(value: Any) -> Any:
    # Missing is empty, in every tool that reads the file.
    if isinstance(value, np.float32):
        return "" if np.isnan(value) else _decimal(f"{value:.6g}")
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.6f}"
    return value
