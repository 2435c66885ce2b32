"""A training copy by the real commands: made, analysed by itself, and found again by the program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fead_desktop.case.store import Case
from fead_desktop.case.training import REMARK
from tests.helpers.analyses import analyse, fead


@pytest.mark.endurance
@pytest.mark.journey
def test_a_training_copy_is_made_of_an_analysed_recording_and_can_be_reviewed_only(
    tmp_path: Path,
) -> None:
    recording, folder = tmp_path / "demo.mp4", tmp_path / "training"
    assert fead("demo", "-o", recording).code == 0
    summary = analyse(recording, tmp_path / "out")
    case = tmp_path / "out" / "demo.fead"
    before = recording.read_bytes(), case.read_bytes()
    done = fead("train", case, "-o", folder, "--progress", "none")
    assert done.code == 0, done.stderr
    assert (recording.read_bytes(), case.read_bytes()) == before
    with Case.open(folder / "demo-training.fead") as made:
        training, facts, events = made.training, made.recording, made.events()
    assert training is not None
    assert facts is not None
    assert training.source_sha256 == summary["recording"]["sha256"] != facts.sha256
    assert (facts.frames, REMARK in facts.remarks) == (summary["recording"]["frames"], True)
    assert f"{len(training.planted)} moments were planted" in done.stdout
    assert len(training.planted) >= 2
    # They are in the pictures: the program itself finds most of them again, at their place.
    found = [
        any(e.onset_s <= p.extent.offset_s and e.offset_s >= p.extent.onset_s for e in events)
        for p in training.planted
    ]
    assert sum(found) * 2 >= len(found)
    truth = json.loads(recording.with_suffix(".truth.json").read_text(encoding="utf-8"))
    assert not any(  # and apart from what was there before
        moment["start_s"] <= p.extent.offset_s and moment["end_s"] >= p.extent.onset_s
        for moment in truth["events"]
        for p in training.planted
    )
    refused = fead("export", folder / "demo-training.fead", "--to", "csv", "-o", tmp_path / "no")
    assert refused.code == 2
    assert "training copy" in refused.stderr
