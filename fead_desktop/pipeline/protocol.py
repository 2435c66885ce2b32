"""What the worker and its supervisor say to each other: versioned JSON lines."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.events import AnomalyEvent, Reason
from fead_desktop.arrays import arrays_from_bytes, arrays_to_bytes
from fead_desktop.case.case import Person
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.errors import ERRORS_BY_NAME, FeadError, WorkerDiedError

PROTOCOL_VERSION = 1

#: What a worker is told that shall stand ready: it imports its packages, and its request follows some time later.
PREPARE = "prepare"


@dataclass(frozen=True)
class AnalysisRequest:
    """What to analyse and where to write. ``output`` None = the case only.

    ``provisional``: tell on the way what was found so far (:class:`SoFar`).
    """

    recording: Path
    case: Path
    parameters: AnalysisParameters
    output: Path | None = None
    restart: bool = False
    provisional: bool = False


@dataclass(frozen=True)
class AnalysisProgress:
    """Where the analysis stands. ``overall`` 0 to 1; ``remaining_s`` None while it can't be told."""

    stage: str
    done: float
    total: float
    overall: float
    remaining_s: float | None = None
    message: str = ""


@dataclass(frozen=True, eq=False)
class SoFar:
    """Provisional results of an analysis that goes on; they are in no case and final ones take their place.

    chunks : the chunks of the faces stage that they were made from; their rows are in the case, in this order.
    until_s : time of the last frame looked at. persons : without portraits; portrait_rows : where to find these.
    rows : by row, (n,): ``person``; ``best`` = the person's one row of that frame; ``score`` = the person's robust
        deviation, higher = more unusual, NaN where there is none.
    """

    chunks: tuple[int, ...]
    until_s: float
    persons: tuple[Person, ...]
    portrait_rows: tuple[int, ...]
    events: tuple[AnomalyEvent, ...]
    rows: Mapping[str, npt.NDArray[np.generic]]


@dataclass(frozen=True, eq=False)
class FoundSoFar(AnalysisProgress):
    """Where the analysis stands, with what it found so far; comes where the request asks for it."""

    so_far: SoFar | None = None


@dataclass(frozen=True)
class AnalysisOutcome:
    """A finished analysis. ``remarks`` are sentences for the analyst (truncated file, short recording)."""

    case: Path
    output: Path | None
    events: int
    persons: int
    remarks: tuple[str, ...] = ()


def encode(kind: str, **values: Any) -> str:
    """Return one line of the protocol, with its newline."""
    return json.dumps({"v": PROTOCOL_VERSION, "type": kind, **values}) + "\n"


def decode(line: str) -> tuple[str, dict[str, Any]]:
    """Return (type, values) of a line.

    Raises
    ------
    WorkerDiedError
        When the other side speaks another version, or nonsense.
    """
    try:
        values = json.loads(line)
        version, kind = values.pop("v"), values.pop("type")
    except (ValueError, KeyError, AttributeError, TypeError):
        raise WorkerDiedError("The analysis process sent something that can't be read.") from None
    if version != PROTOCOL_VERSION:
        raise WorkerDiedError(
            f"The analysis process speaks protocol {version}, this window {PROTOCOL_VERSION}; reinstall the program."
        )
    return str(kind), values


def encode_request(request: AnalysisRequest) -> str:
    """Return the first line to a worker."""
    return encode(
        "analyze",
        recording=str(request.recording),
        case=str(request.case),
        output=None if request.output is None else str(request.output),
        parameters=request.parameters.to_dict(),
        restart=request.restart,
        provisional=request.provisional,
    )


def decode_request(values: dict[str, Any]) -> AnalysisRequest:
    """Read :func:`encode_request`'s values."""
    return AnalysisRequest(
        recording=Path(values["recording"]),
        case=Path(values["case"]),
        parameters=AnalysisParameters.from_dict(values["parameters"]),
        output=None if values["output"] is None else Path(values["output"]),
        restart=bool(values["restart"]),
        provisional=bool(values.get("provisional", False)),
    )


def encode_selftest(case: Path, seed: int) -> str:
    """Return the first line to a worker that tests a case."""
    return encode("selftest", case=str(case), seed=seed)


def encode_tune(case: Path) -> str:
    """Return the first line to a worker that searches the detectors' parameters for a case."""
    return encode("tune", case=str(case))


def encode_rescore(case: Path) -> str:
    """Return the first line to a worker that scores the edited persons of a case again."""
    return encode("rescore", case=str(case))


def encode_progress(progress: AnalysisProgress) -> str:
    """Return a progress line."""
    values = {each.name: getattr(progress, each.name) for each in fields(AnalysisProgress)}
    if isinstance(progress, FoundSoFar) and progress.so_far is not None:
        values["so_far"] = _so_far_values(progress.so_far)
    return encode("progress", **values)


def decode_progress(values: dict[str, Any]) -> AnalysisProgress:
    """Read :func:`encode_progress`'s values; fields this side does not know are left out."""
    known = {field.name for field in fields(AnalysisProgress)}
    told = {name: value for name, value in values.items() if name in known}
    if "so_far" in values:
        return FoundSoFar(**told, so_far=_so_far(values["so_far"]))
    return AnalysisProgress(**told)


def _so_far_values(so_far: SoFar) -> dict[str, Any]:
    persons = [{**asdict(person), "portrait": ""} for person in so_far.persons]
    return {
        "chunks": so_far.chunks,
        "until_s": so_far.until_s,
        "persons": persons,
        "portrait_rows": so_far.portrait_rows,
        "events": [asdict(event) for event in so_far.events],
        "rows": base64.b64encode(arrays_to_bytes(so_far.rows)).decode(),
    }


def _so_far(values: dict[str, Any]) -> SoFar:
    return SoFar(
        chunks=tuple(values["chunks"]),
        until_s=float(values["until_s"]),
        persons=tuple(Person(**{**each, "portrait": b""}) for each in values["persons"]),
        portrait_rows=tuple(values["portrait_rows"]),
        events=tuple(
            AnomalyEvent(
                **{**each, "reasons": tuple(Reason(**reason) for reason in each["reasons"])}
            )
            for each in values["events"]
        ),
        rows=arrays_from_bytes(base64.b64decode(values["rows"])),
    )


def encode_outcome(outcome: AnalysisOutcome) -> str:
    """Return the last line of a worker that finished."""
    values = asdict(outcome)
    values["case"] = str(outcome.case)
    values["output"] = None if outcome.output is None else str(outcome.output)
    return encode("outcome", **values)


def decode_outcome(values: dict[str, Any]) -> AnalysisOutcome:
    """Read :func:`encode_outcome`'s values."""
    return AnalysisOutcome(
        case=Path(values["case"]),
        output=None if values["output"] is None else Path(values["output"]),
        events=int(values["events"]),
        persons=int(values["persons"]),
        remarks=tuple(values["remarks"]),
    )


def encode_error(error: FeadError) -> str:
    """Return an error line: type, sentence, exit code."""
    return encode(
        "error", error=type(error).__name__, message=str(error), exit_code=error.exit_code
    )


def decode_error(values: dict[str, Any]) -> FeadError:
    """Return the error to raise on this side."""
    return ERRORS_BY_NAME.get(values["error"], FeadError)(values["message"])
