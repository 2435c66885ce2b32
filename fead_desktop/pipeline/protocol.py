"""What the worker and its supervisor say to each other: versioned JSON lines."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.errors import ERRORS_BY_NAME, FeadError, WorkerDiedError

PROTOCOL_VERSION = 1


@dataclass(frozen=True)
class AnalysisRequest:
    """What to analyse and where to write. ``output`` None = the case only."""

    recording: Path
    case: Path
    parameters: AnalysisParameters
    output: Path | None = None
    restart: bool = False


@dataclass(frozen=True)
class AnalysisProgress:
    """Where the analysis stands. ``overall`` 0 to 1; ``remaining_s`` None while it can't be told."""

    stage: str
    done: float
    total: float
    overall: float
    remaining_s: float | None = None
    message: str = ""


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
    )


def decode_request(values: dict[str, Any]) -> AnalysisRequest:
    """Read :func:`encode_request`'s values."""
    return AnalysisRequest(
        recording=Path(values["recording"]),
        case=Path(values["case"]),
        parameters=AnalysisParameters.from_dict(values["parameters"]),
        output=None if values["output"] is None else Path(values["output"]),
        restart=bool(values["restart"]),
    )


def encode_selftest(case: Path, seed: int) -> str:
    """Return the first line to a worker that tests a case."""
    return encode("selftest", case=str(case), seed=seed)


def encode_rescore(case: Path) -> str:
    """Return the first line to a worker that scores the edited persons of a case again."""
    return encode("rescore", case=str(case))


def encode_progress(progress: AnalysisProgress) -> str:
    """Return a progress line."""
    return encode("progress", **asdict(progress))


def decode_progress(values: dict[str, Any]) -> AnalysisProgress:
    """Read :func:`encode_progress`'s values; fields this side does not know are left out."""
    known = {field.name for field in fields(AnalysisProgress)}
    return AnalysisProgress(**{name: value for name, value in values.items() if name in known})


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
