"""What is told while faces are being found: soon, seldom, and about the rows that are there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fead_desktop.arrays import arrays_to_bytes
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.store import FACES_STAGE, FRAMES_STAGE, Case
from fead_desktop.pipeline.protocol import (
    AnalysisRequest,
    FoundSoFar,
    SoFar,
    decode,
    decode_progress,
    encode_progress,
)
from fead_desktop.pipeline.provisional import Provisional, provisional_results
from fead_desktop.pipeline.run import Run
from fead_desktop.progress import NoProgress
from fead_desktop.video.frame_index import build_frame_index
from tests.helpers.cases import simulated_features
from tests.helpers.recordings import make_block_recording


@pytest.fixture(scope="module")
def so_far(tmp_path_factory: pytest.TempPathFactory) -> SoFar:
    recording = make_block_recording(tmp_path_factory.mktemp("made") / "a.mp4", 900)
    table = simulated_features(build_frame_index(recording), 2)
    # One person opens the mouth as never before and never after.
    jaw = table["jaw_drop"].copy()
    jaw[(table.person == 2) & (np.abs(table.time_s - 20.0) < 0.4)] += 40 * np.nanstd(jaw)
    return provisional_results(table.with_columns(jaw_drop=jaw), (0, 1, 2), 29.9, 5)


def test_the_most_unusual_moment_so_far_is_first(so_far: SoFar) -> None:
    first = so_far.events[0]
    assert (first.person, first.event) == (2, 1)
    assert abs(first.peak_s - 20.0) < 0.6
    assert "jaw" in first.reasons[0].measure
    assert [person.person for person in so_far.persons] == [1, 2]
    scored = so_far.rows["score"][so_far.rows["person"] == 2]
    assert np.nanmax(scored.astype(float)) == pytest.approx(first.score, rel=1e-5)


def test_it_survives_the_way_to_the_window(so_far: SoFar) -> None:
    sent = FoundSoFar("faces", 1, 4, 0.2, 12.5, "Finding faces", so_far)
    kind, values = decode(encode_progress(sent))
    back = decode_progress(values)
    assert kind == "progress"
    assert isinstance(back, FoundSoFar)
    assert (back.stage, back.remaining_s) == ("faces", 12.5)
    assert back.so_far is not None
    assert back.so_far.events == so_far.events
    assert back.so_far.persons == so_far.persons
    assert back.so_far.chunks == (0, 1, 2)
    for name, values_there in so_far.rows.items():
        np.testing.assert_array_equal(back.so_far.rows[name], values_there)


class Clock:
    """Seconds that pass when told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def chunk_of(run: Run, number: int) -> None:
    """Put a chunk into the case."""
    table = simulated_features(run.index, 1)
    rows = (table.time_s >= 10 * number) & (table.time_s < 10 * (number + 1))
    part = table.select(rows).with_columns(track=np.zeros(int(rows.sum()), np.int32))
    frames = {"time_s": part.time_s, "shot": np.zeros(len(part), np.int32)}
    products = {FACES_STAGE: part.to_bytes(), FRAMES_STAGE: arrays_to_bytes(frames)}
    run._fingerprints.setdefault(FACES_STAGE, {})[number] = "made"
    run._fingerprints.setdefault(FRAMES_STAGE, {})[number] = "made"
    run.keep(number, "made", products)


def test_the_first_is_told_at_once_and_more_when_they_cost_a_small_share(tmp_path: Path) -> None:
    recording = make_block_recording(tmp_path / "a.mp4", 1800)
    clock, told = Clock(), list[SoFar]()

    def tell(so_far: SoFar) -> None:
        clock.now += 0.3 * len(so_far.chunks)  # what a telling costs grows with what is there
        told.append(so_far)

    with Case.create(tmp_path / "a.fead") as case:
        request = AnalysisRequest(recording, case.path, AnalysisParameters())
        run = Run(request, case, build_frame_index(recording), "", NoProgress())
        provisional = Provisional(tell, clock)
        for number in range(6):
            clock.now += 15.0
            chunk_of(run, number)
            provisional.take(run, number, made=True)
        spent = sum(0.3 * len(each.chunks) for each in told)
    assert [each.chunks for each in told] == [(0,), (0, 1), (0, 1, 2, 3)]
    assert spent <= 0.03 * clock.now


def test_what_was_found_done_is_told_only_with_something_new(tmp_path: Path) -> None:
    recording = make_block_recording(tmp_path / "a.mp4", 900)
    told: list[SoFar] = []
    with Case.create(tmp_path / "a.fead") as case:
        request = AnalysisRequest(recording, case.path, AnalysisParameters())
        run = Run(request, case, build_frame_index(recording), "", NoProgress())
        provisional = Provisional(told.append)
        for number in range(3):
            chunk_of(run, number)
            provisional.take(run, number, made=number == 2)
    assert [each.chunks for each in told] == [(0, 1, 2)]
    assert told[0].until_s == pytest.approx(29.9)
