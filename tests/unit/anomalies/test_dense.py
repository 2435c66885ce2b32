"""The second look puts an event on the true frames."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fead_desktop.anomalies.dense import DenseStretch, refine_event
from fead_desktop.anomalies.events import AnomalyEvent, Reason
from fead_desktop.features.measures import MEASURE_NAMES
from fead_desktop.features.table import FeatureTable
from tests.helpers.series import NOISE, table_of, talking

RATE = 30.0
PEAK_S = 20.57
LONG_TALK = talking(seconds=40)


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


@settings(deadline=None, max_examples=60)
@given(
    peak_s=st.floats(17.5, 22.5),
    width_s=st.floats(0.01, 1.5),
    coarse_s=st.floats(17.5, 22.5),
    before_s=st.floats(0, 1.5),
    after_s=st.floats(0, 1.5),
    begin_s=st.floats(18.0, 20.5),
    length_s=st.floats(0.05, 4.0),
    shift=st.integers(0, 2),
)
def test_a_refined_event_is_in_order_and_holds_an_analysed_frame(
    peak_s: float, width_s: float, coarse_s: float, before_s: float, after_s: float, begin_s: float,
    length_s: float, shift: int,
) -> None:  # fmt: skip
    time_s, values = LONG_TALK
    column = MEASURE_NAMES.index("lip_corner_pull_l")
    frames = np.arange(round(begin_s * RATE), round((begin_s + length_s) * RATE)) + shift
    dense_s = frames / RATE
    dense = np.stack([np.interp(dense_s, time_s, measure) for measure in values.T], axis=1)
    dense[:, column] += 0.15 * np.exp(-np.log(2) * ((dense_s - peak_s) / width_s) ** 2)
    still = np.zeros(len(frames), np.float32)
    stretch = DenseStretch(frames, dense_s, dense.astype(np.float32), still, still, still)
    table = table_of(time_s, values)
    onset, peak, offset = (
        int(np.argmin(np.abs(time_s - at)))
        for at in (coarse_s - before_s, coarse_s, coarse_s + after_s)
    )
    event = coarse(
        onset_s=float(time_s[onset]), peak_s=float(time_s[peak]), offset_s=float(time_s[offset]),
        onset_frame=int(table.frame_number[onset]), peak_frame=int(table.frame_number[peak]),
        offset_frame=int(table.frame_number[offset]),
        reasons=(Reason("lip_corner_pull_l", "", 8.0, 1.0),),
    )  # fmt: skip
    found = refine_event(event, table, stretch)
    assert found.onset_s <= found.peak_s <= found.offset_s
    assert found.onset_frame <= found.peak_frame <= found.offset_frame
    analysed = table.frame_number
    assert ((analysed >= found.onset_frame) & (analysed <= found.offset_frame)).any()


def test_a_movement_between_two_analysed_frames_takes_in_the_nearer_one() -> None:
    time_s, values = talking(seconds=40)
    column = MEASURE_NAMES.index("lip_corner_pull_l")
    frames = np.arange(570, 660)
    dense = np.stack([np.interp(frames / RATE, time_s, measure) for measure in values.T], axis=1)
    dense[frames == 616, column] += 3.0
    still = np.zeros(len(frames), np.float32)
    stretch = DenseStretch(frames, frames / RATE, dense.astype(np.float32), still, still, still)
    sparse = table_of(time_s, values).select(np.arange(0, 400, 10))  # one frame a second
    found = refine_event(
        coarse(peak_s=20.4, reasons=(Reason("lip_corner_pull_l", "", 8.0, 1.0),)), sparse, stretch
    )
    assert 615 <= found.onset_frame <= found.peak_frame <= 617
    assert (found.offset_frame, found.offset_s) == (630, 21.0)
