"""Every frame around an event is measured once; the mesh here is a fake that counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from fead_desktop.anomalies.events import AnomalyEvent, Reason
from fead_desktop.case.eye_lines import AROUND_PEAK
from fead_desktop.faces.alignment import eye_middles
from fead_desktop.features.expression import measure_expression
from fead_desktop.features.measures import MEASURE_NAMES
from fead_desktop.features.table import FeatureTable
from fead_desktop.pipeline.second_look import SecondLook, box_at, frames_around
from fead_desktop.video.frame_index import build_frame_index
from tests.helpers.meshes import made_landmarks
from tests.helpers.recordings import make_block_recording, read_block_code

FRAMES = 300


class CountingMesh:
    """Finds the same face in every picture and counts the frames it was shown."""

    def __init__(self) -> None:
        self.shown: Counter[int | None] = Counter()

    def landmarks_where(self, picture: np.ndarray, box: object, roll_deg: float) -> np.ndarray:
        return self.landmarks(picture, box)

    def landmarks(self, picture: np.ndarray, box: object) -> np.ndarray:
        self.shown[read_block_code(picture)] += 1
        return made_landmarks()


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_block_recording(tmp_path_factory.mktemp("look") / "blocks.mp4", FRAMES)


@pytest.fixture
def run(recording: Path):
    index = build_frame_index(recording)
    request = SimpleNamespace(recording=recording)
    return SimpleNamespace(
        request=request, index=index, finder=SimpleNamespace(mesh=CountingMesh())
    )


def grid_of(run: SimpleNamespace, every: int = 3) -> FeatureTable:
    numbers = np.arange(0, FRAMES, every)
    values = np.repeat(measure_expression(made_landmarks()[None]), len(numbers), axis=0)
    values = values + np.random.default_rng(0).normal(0, 0.003, values.shape)
    box = {"box_x": 40.0, "box_y": 20.0, "box_width": 60.0, "box_height": 80.0}
    still = dict.fromkeys(("yaw_deg", "pitch_deg", "roll_deg"), 0.0)
    return FeatureTable(
        {
            "frame_number": numbers,
            "time_s": run.index.times_s[numbers],
            "person": np.ones(len(numbers)),
            "track": np.zeros(len(numbers)),
            **{name: np.full(len(numbers), value) for name, value in (box | still).items()},
            **{name: values[:, k] for k, name in enumerate(MEASURE_NAMES)},
        }
    )


def event_at(run: SimpleNamespace, frame: int, rank: int = 1) -> AnomalyEvent:
    onset, peak, offset = ((float(run.index.times_s[n]), n) for n in (frame - 6, frame, frame + 9))
    return AnomalyEvent(
        rank, 1, "expression", "fusion", onset[0], peak[0], offset[0], onset[1], peak[1], offset[1], 3.0,
        reasons=(Reason("jaw_drop", "", 4.0, 1.0),),
    )  # fmt: skip


def test_only_frames_between_the_analysed_ones_are_measured(run: SimpleNamespace) -> None:
    table, event = grid_of(run), event_at(run, 120)
    around = set(frames_around(event, run.index.times_s).tolist())
    with SecondLook(run) as look:
        refined, jpeg = look.refine(event, table)
    shown = run.finder.mesh.shown
    assert jpeg.startswith(b"\xff\xd8")
    shown[refined.peak_frame] -= 1  # the thumbnail
    assert {n for n, count in shown.items() if count} == around - set(table.frame_number.tolist())
    assert max(shown.values()) == 1


def test_frames_that_two_events_share_are_measured_once(run: SimpleNamespace) -> None:
    table = grid_of(run)
    first, second = event_at(run, 120), event_at(run, 135, rank=2)
    with SecondLook(run) as look:
        peaks = [look.refine(event, table)[0].peak_frame for event in (first, second)]
    for peak in peaks:
        run.finder.mesh.shown[peak] -= 1
    assert max(run.finder.mesh.shown.values()) == 1


def test_what_another_event_measured_changes_nothing(run: SimpleNamespace) -> None:
    table = grid_of(run)
    first, second = event_at(run, 120), event_at(run, 135, rank=2)
    with SecondLook(run) as look:
        look.refine(first, table)
        after = look.refine(second, table)
    with SecondLook(run) as look:
        alone = look.refine(second, table)
    assert after == alone


def test_a_row_of_the_grid_without_a_mesh_is_looked_at_again(run: SimpleNamespace) -> None:
    table = grid_of(run)
    blind = table.expression.copy()
    blind[40] = np.nan
    table = table.with_columns(**{name: blind[:, k] for k, name in enumerate(MEASURE_NAMES)})
    with SecondLook(run) as look:
        look.refine(replace(event_at(run, 120)), table)
    assert run.finder.mesh.shown[120] >= 1


def test_the_box_moves_with_its_track_and_no_further(run: SimpleNamespace) -> None:
    table = grid_of(run).with_columns(box_x=np.arange(100.0))
    between = (table.time_s[10] + table.time_s[11]) / 2
    box = box_at(table, float(between))
    assert box is not None
    assert box.x == pytest.approx(10.5)
    cut = table.with_columns(track=np.where(np.arange(100) <= 10, 0, 1))
    box = box_at(cut, float(between) - 0.001)
    assert box is not None
    assert box.x == 10
    assert box_at(table, float(table.time_s[-1]) + 0.6) is None


def test_the_eyes_of_every_frame_around_the_peak_are_kept(run: SimpleNamespace) -> None:
    table, event = grid_of(run), event_at(run, 120)
    with SecondLook(run) as look:
        refined, _ = look.refine(event, table)
        before = run.finder.mesh.shown.total()
        eyes = look.eye_lines(event, refined.peak_frame, table)
        assert run.finder.mesh.shown.total() == before, (
            "those of the grid stand between their neighbours"
        )
    around = np.arange(refined.peak_frame - AROUND_PEAK, refined.peak_frame + AROUND_PEAK + 1)
    assert eyes.frame_number.tolist() == around.tolist()
    np.testing.assert_allclose(eyes.eyes, np.tile(eye_middles(made_landmarks()).ravel(), (17, 1)))


def test_where_every_frame_was_analysed_the_mesh_looks_for_the_eyes(run: SimpleNamespace) -> None:
    table, event = grid_of(run, every=1), event_at(run, 5)
    with SecondLook(run) as look:
        eyes = look.eye_lines(event, 5, table)
    assert eyes.frame_number.tolist() == list(range(14))
    assert set(run.finder.mesh.shown) == set(range(14))


def test_eyes_do_not_depend_on_what_other_events_were_looked_at(run: SimpleNamespace) -> None:
    class Wandering(CountingMesh):
        def landmarks(self, picture: np.ndarray, box: object) -> np.ndarray:
            mesh = super().landmarks(picture, box)
            mesh[:, 0] += (read_block_code(picture) or 0) ** 2 / 100
            return mesh

    run.finder.mesh = Wandering()
    table = grid_of(run)
    first, second = event_at(run, 120), event_at(run, 135, rank=2)
    with SecondLook(run) as look:
        look.refine(first, table)
        look.refine(second, table)
        after = look.eye_lines(second, 135, table)
    with SecondLook(run) as look:
        look.refine(second, table)
        alone = look.eye_lines(second, 135, table)
    np.testing.assert_array_equal(after.eyes, alone.eyes)
