"""The summary has the fields of the contract, and no NaN."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fead_desktop.anomalies.artefacts import KINDS
from fead_desktop.anomalies.events import Reason
from fead_desktop.case.case import Coverage, ModelFact
from fead_desktop.case.store import Case
from fead_desktop.report.summary import summary
from tests.helpers.cases import BLUR

FIELDS = {
    "recording": {
        "path", "sha256", "width", "height", "frames", "duration_s", "variable_frame_rate", "remarks",
    },
    "coverage": {"frames_analysed", "frames_with_face", "seconds_without_face"},
    "parameters": {
        "rate_fps", "start_s", "end_s", "detector", "embedder", "num_anomalies", "num_components",
        "batch_size", "seed", "false_alarms_per_minute", "video_stream", "region",
    },
}  # fmt: skip
PERSON = {"person", "name", "faces", "first_s", "last_s", "screen_time_s"}
EVENT = {
    "event", "person", "view", "detector", "onset_s", "peak_s", "offset_s", "onset_frame", "peak_frame",
    "offset_frame", "score", "p_value", "reasons", "artefact",
    "flagged", "extrapolated",
}  # fmt: skip
TOP = {
    "schema", "models", "persons", "events", "calibrations", "limits", "timings", "versions", *FIELDS,
}  # fmt: skip


def test_it_has_the_fields_of_the_contract(case):
    values = summary(case)
    assert set(values) == TOP
    assert values["schema"] == 1
    for name, fields in FIELDS.items():
        assert set(values[name]) == fields
    assert len(values["persons"]) == 2
    assert all(set(person) == PERSON for person in values["persons"])
    assert len(values["events"]) == 6
    assert all(set(event) == EVENT for event in values["events"])
    reasons = [reason for event in values["events"] for reason in event["reasons"]]
    assert all(set(reason) == {"measure", "label", "sigma", "share"} for reason in reasons)
    blurred = values["events"][3]["artefact"]
    assert (blurred["label"], blurred["likelihood"]) == ("blur", BLUR[4])
    assert set(blurred["likelihoods"]) == set(KINDS)
    assert blurred["likelihoods"]["speech"] is None
    assert values["events"][0]["artefact"]["label"] is None


def test_events_come_most_unusual_first(case):
    events = summary(case)["events"]
    assert [event["event"] for event in events] == [1, 2, 3, 4, 5, 6]
    assert [e["score"] for e in events] == sorted((e["score"] for e in events), reverse=True)


def test_it_is_json_as_it_stands(case):
    assert json.loads(json.dumps(summary(case), allow_nan=False)) == summary(case)


def test_a_case_that_was_never_analysed_has_a_summary_of_nothing(tmp_path):
    with Case.create(tmp_path / "new.fead") as case:
        values = summary(case)
    assert set(values) == TOP
    assert values["recording"] is None
    assert values["coverage"] is None
    assert values["events"] == []


@pytest.mark.parametrize("unknown", [float("nan"), float("inf")])
def test_what_is_not_known_is_null_however_deep(case, tmp_path, unknown):
    case.save_copy(tmp_path / "copy.fead")
    reason = Reason("jaw_drop", "jaw drop (AU26)", unknown, unknown)
    with Case.open(tmp_path / "copy.fead") as copy:
        copy.put_results(
            parameters=copy.parameters,
            coverage=Coverage(10, 10, unknown),
            persons=copy.persons(),
            events=[replace(copy.events()[0], p_value=unknown, reasons=(reason,))],
            thumbnails={},
            models=[ModelFact("face_mesh", "mesh.tflite", "ab", "Apache-2.0")],
            versions={"fead-desktop": "0"},
            timings={"faces": 1.23456},
        )
        values = summary(copy)
    json.dumps(values, allow_nan=False)
    assert values["events"][0]["p_value"] is None
    assert values["events"][0]["reasons"][0]["sigma"] is None
    assert values["coverage"]["seconds_without_face"] is None
    assert values["timings"] == {"faces": 1.235}
    assert values["models"][0]["licence"] == "Apache-2.0"
