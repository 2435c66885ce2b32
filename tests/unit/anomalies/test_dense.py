"""The second look puts an event on the true frames."""

from __future__ import annotations

import numpy as np

from fead_desktop.anomalies.dense import DenseStretch, refine_event
from fead_desktop.anomalies.events import AnomalyEvent, Reason
from fead_desktop.features.measures import MEASURE_NAMES
from fead_desktop.features.table import FeatureTable
from tests.helpers.series import NOISE, table_of, talking

RATE = 30.0
PEAK_S = 20.57


def movement(time_s: np.ndarray) -> np.ndarray:
    """A smile that is strongest at ``PEAK_S`` and half as strong 0.3 s before and after."""
    return 0.12 * np.exp(-np.log(2) * ((time_s - PEAK_S) / 0.3) ** 2)


def grid_and_stretch(
    begin_s: float = 19.4, end_s: float = 21.8
) -> tuple[FeatureTable, DenseStretch]:
    time_s, values = talking(seconds=40)
    columns = [MEASURE_NAMES.index(f"lip_corner_pull_{side}") for side in "lr"]
    frames = np.arange(round(begin_s * RATE), round(end_s * RATE))
    dense_time = frames / RATE
    level = np.stack([np.interp(dense_time, time_s, column) for column in values.T], axis=1)
    dense = level + np.random.default_rng(1).normal(0, NOISE, level.shape)
    values[:, columns] += movement(time_s)[:, None]
    dense[:, columns] += movement(dense_time)[:, None]
    still = np.zeros(len(frames), np.float32)
    stretch = DenseStretch(frames, dense_time, dense.astype(np.float32), still, still, still)
    return table_of(time_s, values), stretch


def coarse(**changes: object) -> AnomalyEvent:
    reasons = tuple(Reason(f"lip_corner_pull_{side}", "", 8.0, 0.5) for side in "lr")
    given = {
        "event": 3, "person": 0, "view": "expression", "detector": "fusion", "onset_s": 20.2, "peak_s": 20.4,
        "offset_s": 20.8, "onset_frame": 606, "peak_frame": 612, "offset_frame": 624, "score": 5.0,
        "reasons": reasons,
    }  # fmt: skip
    return AnomalyEvent(**{**given, **changes})  # type: ignore[arg-type]


def test_the_peak_moves_to_the_frame_of_the_largest_movement() -> None:
    table, stretch = grid_and_stretch()
    refined = refine_event(coarse(), table, stretch)
    assert abs(refined.peak_s - PEAK_S) <= 0.1
    assert refined.peak_frame == round(refined.peak_s * RATE)


def test_onset_and_offset_lie_where_the_movement_is_a_quarter() -> None:
    table, stretch = grid_and_stretch()
    refined = refine_event(coarse(), table, stretch)
    quarter_s = 0.3 * np.sqrt(2)
    assert abs(refined.onset_s - (PEAK_S - quarter_s)) <= 0.12
    assert abs(refined.offset_s - (PEAK_S + quarter_s)) <= 0.12
    assert refined.onset_frame < refined.peak_frame < refined.offset_frame


def test_rank_score_and_reasons_stay() -> None:
    event = coarse()
    refined = refine_event(event, *grid_and_stretch())
    assert (refined.event, refined.score, refined.reasons) == (
        event.event,
        event.score,
        event.reasons,
    )


def test_what_lies_outside_of_the_stretch_stays() -> None:
    table, stretch = grid_and_stretch(begin_s=20.4, end_s=20.7)
    refined = refine_event(coarse(), table, stretch)
    assert (refined.onset_s, refined.onset_frame) == (20.2, 606)
    assert (refined.offset_s, refined.offset_frame) == (20.8, 624)
    assert abs(refined.peak_s - PEAK_S) <= 0.1


def test_an_event_that_no_measure_drove_stays_as_it_was() -> None:
    event = coarse(reasons=(Reason("happy", "apparent emotion happy", 6.0, 1.0),))
    assert refine_event(event, *grid_and_stretch()) == event


def test_a_stretch_without_a_face_changes_nothing() -> None:
    table, stretch = grid_and_stretch(begin_s=20.0, end_s=20.0)
    assert len(stretch.time_s) == 0
    assert refine_event(coarse(), table, stretch) == coarse()


def test_a_single_frame_is_no_error() -> None:
    table, stretch = grid_and_stretch(begin_s=20.4, end_s=20.43)
    assert refine_event(coarse(), table, stretch).peak_frame == int(stretch.frame_number[0])
