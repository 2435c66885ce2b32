"""summary.json: the whole result of a case as plain values."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.store import Case
from fead_desktop.report.reliability import reliability

SUMMARY_SCHEMA = 1


def summary(case: Case) -> dict[str, Any]:
    """Return the contents of ``summary.json``: plain values, events most unusual first, unknown = None.

    A self-test is there if there was one, ``review`` (:class:`Reliability`) if somebody judged events.
    """
    recording, parameters, coverage = case.recording, case.parameters, case.coverage
    values = {
        "schema": SUMMARY_SCHEMA,
        "recording": None
        if recording is None
        else {
            "path": recording.path,
            "sha256": recording.sha256,
            "width": recording.width,
            "height": recording.height,
            "frames": recording.frames,
            "duration_s": recording.duration_s,
            "variable_frame_rate": recording.variable_frame_rate,
            "remarks": list(recording.remarks),
        },
        "parameters": None if parameters is None else parameters.to_dict(),
        "models": [asdict(model) for model in case.models],
        "coverage": None if coverage is None else asdict(coverage),
        "persons": [
            {
                "person": person.person,
                "name": person.name,
                "faces": person.faces,
                "first_s": person.first_s,
                "last_s": person.last_s,
                "screen_time_s": person.screen_time_s,
            }
            for person in case.persons()
        ],
        "events": [_event(event) for event in case.events()],
        "calibrations": [asdict(each) for each in case.calibrations],
        "limits": list(case.limits),
        "timings": {stage: round(seconds, 3) for stage, seconds in case.timings.items()},
        "versions": case.versions,
    }
    if (selftest := case.selftest) is not None:
        values["selftest"] = selftest.to_dict()
    if case.marks().verdicts:
        values["review"] = reliability(case).to_dict()
    return {name: _plain(value) for name, value in values.items()}


def _event(event: AnomalyEvent) -> dict[str, Any]:
    """Return an event; what only reviewers can have said is there where they did."""
    values = asdict(event)
    del values["known_by"]
    if event.original is None:
        del values["original"]
    if not event.added_by:
        del values["added_by"]
    return values


def _plain(value: Any) -> Any:
    # JSON has no NaN; what is not known is null.
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
