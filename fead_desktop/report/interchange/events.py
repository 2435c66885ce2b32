"""The events and markers of a case as tables, with their data dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.store import Case
from fead_desktop.features.table import Column
from fead_desktop.report.interchange.plain import spreadsheet_text
from fead_desktop.report.interchange.timeline import shown_name, verdict_text
from fead_desktop.review.verdict import UNREVIEWED, last_answers, moment_of, states
from fead_desktop.video.timebase import format_timecode

if TYPE_CHECKING:
    import pandas as pd

_MOMENT = "time of the {}, relative to the recording's first frame"
EVENT_COLUMNS = (
    Column("event", "int", "", "number of the event, 1 = most unusual"),
    Column("person", "int", "", "number of the person"),
    Column("name", "text", "", "name of the person"),
    Column("onset", "text", "h:m:s.ms", _MOMENT.format("first frame of the event")),
    Column("peak", "text", "h:m:s.ms", _MOMENT.format("most unusual frame")),
    Column("offset", "text", "h:m:s.ms", _MOMENT.format("last frame that belongs to the event")),
    Column("onset_s", "float", "s", "presentation time of the first frame"),
    Column("peak_s", "float", "s", "presentation time of the most unusual frame"),
    Column("offset_s", "float", "s", "presentation time of the last frame"),
    Column("onset_frame", "int", "", "number of the first frame, from 0"),
    Column("peak_frame", "int", "", "number of the most unusual frame, from 0"),
    Column("offset_frame", "int", "", "number of the last frame, from 0"),
    Column("score", "float", "", "the score that ranks events; higher = more unusual for this person"),
    Column(
        "p_value", "float", "0-1",
        "chance that one ordinary second of this person reaches the score; empty where none was computed",
    ),
    Column("flagged", "0/1", "", "1 where the p-value passes the expected false alarms a minute"),
    Column(
        "artefact", "text", "",
        "what other than an expression may have made the event; empty where none is likely",
    ),
    Column("reasons", "text", "robust σ", "measures that drove the event, away from the own baseline"),
    Column(
        "verdict", "text", "",
        "what the reviewers say: confirmed, rejected, unsure, disputed where they differ, or unreviewed",
    ),
    Column("added_by", "text", "", "reviewer who added the event by hand; empty where the analysis found it"),
    Column("found_onset_frame", "int", "", "first frame before a reviewer moved it; empty where nobody did"),
    Column("found_peak_frame", "int", "", "peak frame before a reviewer moved it; empty where nobody did"),
    Column("found_offset_frame", "int", "", "last frame before a reviewer moved it; empty where nobody did"),
    Column("reviews", "text", "", "each reviewer's latest verdict with its reason and note"),
)  # fmt: skip
MARKER_COLUMNS = (
    Column("marker", "int", "", "number of the marker"),
    Column("start", "text", "h:m:s.ms", _MOMENT.format("marker's first frame")),
    Column("end", "text", "h:m:s.ms", _MOMENT.format("marker's last frame")),
    Column("start_s", "float", "s", "presentation time of the first frame"),
    Column("end_s", "float", "s", "presentation time of the last frame"),
    Column("start_frame", "int", "", "number of the first frame, from 0"),
    Column("end_frame", "int", "", "number of the last frame, from 0"),
    Column("colour", "text", "", "colour of the marker"),
    Column("text", "text", "", "what the analyst wrote"),
)


def events_table(case: Case) -> pd.DataFrame:
    """Return one row for each event, most unusual first; columns :data:`EVENT_COLUMNS`."""
    names = {person.person: shown_name(person) for person in case.persons()}
    verdicts = case.marks().verdicts
    answers, state = last_answers(verdicts), states(verdicts)
    rows = [
        {
            **{column.name: getattr(event, column.name, None) for column in EVENT_COLUMNS},
            "name": names.get(event.person, ""),
            **_found(event),
            "added_by": spreadsheet_text(event.added_by),
            "onset": format_timecode(event.onset_s),
            "peak": format_timecode(event.peak_s),
            "offset": format_timecode(event.offset_s),
            "flagged": int(event.flagged),
            "artefact": (event.artefact and event.artefact.label) or "",
            "reasons": "; ".join(str(reason) for reason in event.reasons),
            "verdict": state.get(moment_of(event), UNREVIEWED),
            "reviews": "; ".join(
                f"{reviewer}: {verdict_text(verdict)}"
                for reviewer, verdict in answers.get(moment_of(event), {}).items()
            ),
        }
        for event in case.events()
    ]
    return _frame(rows, EVENT_COLUMNS)


def _found(event: AnomalyEvent) -> dict[str, Any]:
    """Return where an event lay before a reviewer moved its borders."""
    edges = ("onset_frame", "peak_frame", "offset_frame")
    values = asdict(event.original) if event.original is not None else {}
    return {f"found_{edge}": values.get(edge, "") for edge in edges}


def markers_table(case: Case) -> pd.DataFrame:
    """Return one row for each marker by time; columns :data:`MARKER_COLUMNS`."""
    rows = [
        {
            **{column.name: getattr(marker, column.name, None) for column in MARKER_COLUMNS},
            "start": format_timecode(marker.start_s),
            "end": format_timecode(marker.end_s),
        }
        for marker in case.marks().markers
    ]
    return _frame(rows, MARKER_COLUMNS)


def dictionary_table(columns: Sequence[Column]) -> pd.DataFrame:
    """Return the data dictionary of columns."""
    import pandas as pd

    rows = [(c.name, c.dtype, c.unit, c.description) for c in columns]
    return pd.DataFrame(rows, columns=["column", "type", "unit", "description"])


def csv_bytes(table: pd.DataFrame) -> bytes:
    """Return a table as CSV: times to the microsecond, missing = empty, text that is never a formula."""
    texts = table.select_dtypes(exclude="number").columns
    safe = table.assign(
        **{
            name: [
                spreadsheet_text(value) if isinstance(value, str) else value
                for value in table[name]
            ]
            for name in texts
        }
    )
    return bytes(safe.to_csv(index=False, float_format=_number, lineterminator="\n").encode())


def _number(value: float) -> str:
    # Times to the microsecond; a p-value below a millionth is not zero.
    return f"{value:.6f}" if abs(value) >= 1 else f"{value:.6g}"


def _frame(rows: list[dict[str, Any]], columns: Sequence[Column]) -> pd.DataFrame:
    import pandas as pd

    table = pd.DataFrame(rows, columns=[column.name for column in columns])
    numbers = [column.name for column in columns if column.dtype == "float"]
    return table.astype(dict.fromkeys(numbers, "float64"))
