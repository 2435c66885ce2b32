"""Both sides of the worker protocol understand each other, and refuse what they don't."""

from __future__ import annotations

from pathlib import Path

import pytest

from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.errors import RecordingError, WorkerDiedError
from fead_desktop.pipeline import protocol
from fead_desktop.pipeline.protocol import AnalysisOutcome, AnalysisProgress, AnalysisRequest


def test_a_request_survives_the_line() -> None:
    request = AnalysisRequest(
        Path("a/b.mp4"), Path("c.fead"), AnalysisParameters(end_s=3.0), Path("out"), restart=True
    )
    kind, values = protocol.decode(protocol.encode_request(request))
    assert kind == "analyze"
    assert protocol.decode_request(values) == request


def test_progress_and_outcome_survive_the_line() -> None:
    progress = AnalysisProgress("faces", 1, 4, 0.2, 12.5, "Finding faces")
    assert (
        protocol.decode_progress(protocol.decode(protocol.encode_progress(progress))[1]) == progress
    )
    outcome = AnalysisOutcome(Path("c.fead"), None, 10, 2, ("short",))
    assert protocol.decode_outcome(protocol.decode(protocol.encode_outcome(outcome))[1]) == outcome


def test_an_error_comes_out_as_what_it_went_in() -> None:
    kind, values = protocol.decode(protocol.encode_error(RecordingError("The file is empty.")))
    error = protocol.decode_error(values)
    assert kind == "error"
    assert isinstance(error, RecordingError)
    assert str(error) == "The file is empty."


@pytest.mark.parametrize("line", ["", "nonsense", "[]", '{"type": "x"}', '{"v": 99, "type": "x"}'])
def test_nonsense_and_other_versions_are_refused(line: str) -> None:
    with pytest.raises(WorkerDiedError):
        protocol.decode(line)
