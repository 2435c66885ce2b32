from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fead_desktop.anomalies.calibration import background_of
from fead_desktop.anomalies.events import AnomalyEvent, Reason
from fead_desktop.anomalies.scoring import standardised_log
from fead_desktop.case.case import FUSION, AnalysedFrames, PersonScores
from fead_desktop.case.coverage import COVERAGE
from fead_desktop.features.measures import EMOTIONS
from fead_desktop.features.table import FeatureTable
from fead_desktop.gui.timeline import lanes


def scores(person: int, frames: list[int], values: list[float]) -> PersonScores:
    return PersonScores(
        person,
        np.array(frames, np.int64),
        np.array(frames) / 10,
        {FUSION: np.array(values, np.float32)},
    )


def event(rank: int, *measures: str) -> AnomalyEvent:
    reasons = tuple(Reason(name, name, 5.0, 0.3) for name in measures)
    return AnomalyEvent(rank, 1, "expression", "mahalanobis", 0, 0, 0, 0, 0, 0, 1.0, None, reasons)


def test_the_score_of_all_persons_is_the_most_unusual_one_at_each_frame() -> None:
    x, y = lanes.score_curve(
        [scores(1, [0, 1, 2], [1, 5, np.nan]), scores(2, [1, 2, 3], [2, 3, 4])]
    )
    np.testing.assert_allclose(x, [0, 0.1, 0.2, 0.3])
    np.testing.assert_allclose(y, [1, 5, 3, 4])


def test_no_scores_give_an_empty_curve() -> None:
    x, y = lanes.score_curve([])
    assert len(x) == len(y) == 0


def test_a_time_without_the_person_breaks_the_curves() -> None:
    times = np.array([0, 0.1, 0.2, 3.0, 3.1])
    table = FeatureTable(
        {"frame_number": (times * 30).astype(int), "time_s": times, "happy": np.ones(5)}
    )
    curves = lanes.emotion_curves(table)
    assert tuple(curves) == EMOTIONS
    x, y = curves["happy"]
    assert np.isnan(y[(x > 0.2) & (x < 3.0)]).all()
    assert np.isfinite(y).sum() == 5


def test_expression_is_shown_in_robust_deviations_from_the_own_median() -> None:
    values = np.array([0.30, 0.31, 0.29, 0.30, 0.50])
    table = FeatureTable(
        {"frame_number": np.arange(5), "time_s": np.arange(5) / 10, "jaw_drop": values}
    )
    _, y = lanes.expression_curves(table, ["jaw_drop"])["jaw_drop"]
    assert y[0] == pytest.approx(0)
    assert y[4] == pytest.approx(0.2 / (1.4826 * 0.01), rel=1e-4)


def test_a_measure_that_hardly_moves_is_not_blown_up_beyond_its_floor() -> None:
    values = np.array([0.3, 0.3, 0.3, 0.3001])
    table = FeatureTable(
        {"frame_number": np.arange(4), "time_s": np.arange(4) / 10, "jaw_drop": values}
    )
    _, y = lanes.expression_curves(table, ["jaw_drop"])["jaw_drop"]
    assert np.nanmax(np.abs(y)) < 0.1


def test_the_chosen_event_decides_which_measures_are_shown() -> None:
    events = [event(1, "jaw_drop", "mouth_open"), event(2, "lip_pucker", "happy")]
    assert lanes.telling_measures(events, events[1]) == ("lip_pucker",)
    assert lanes.telling_measures(events, None) == ("jaw_drop", "mouth_open", "lip_pucker")


def test_without_events_usual_measures_are_shown() -> None:
    assert len(lanes.telling_measures([], None)) == lanes.MOST_MEASURES


def test_a_value_is_that_of_the_last_sample_and_none_in_a_gap() -> None:
    curve = (np.array([0.0, 0.1, 0.15, 1.0, 1.1]), np.array([1.0, 2.0, np.nan, 4.0, 5.0]))
    assert lanes.value_at(curve, 0.12) == 2.0
    assert np.isnan(lanes.value_at(curve, 0.5))
    assert np.isnan(lanes.value_at(curve, -1))
    assert lanes.value_at(curve, 1.2) == 5.0
    assert np.isnan(lanes.value_at(curve, 9.0))
    assert np.isnan(lanes.value_at((np.empty(0), np.empty(0)), 0.0))


def test_one_detector_can_be_asked_for_by_name() -> None:
    both = PersonScores(
        1, np.arange(2), np.arange(2) / 10,
        {FUSION: np.array([1, 2], np.float32), "expression/robust": np.array([3, 4], np.float32)},
    )  # fmt: skip
    assert lanes.score_curve([both])[1].tolist() == [1, 2]
    assert lanes.score_curve([both], "expression/robust")[1].tolist() == [3, 4]
    assert lanes.score_names([both]) == ["expression/robust"]


def test_votes_are_shown_in_the_unit_in_which_they_vote() -> None:
    rng = np.random.default_rng(4)
    raw = {
        name: rng.lognormal(0, 0.5, 200).astype(np.float32)
        for name in ("emotions/robust", "expression/robust", "expression/lof")
    }
    raw["expression/robust"][50] = np.nan
    scores = PersonScores(1, np.arange(200), np.arange(200) / 10, raw)
    curves = lanes.vote_curves([scores])
    assert list(curves) == ["expression/robust", "emotions/robust"], "lof has no vote"
    for name, (x, y) in curves.items():
        np.testing.assert_allclose(x, scores.time_s)
        np.testing.assert_allclose(y, standardised_log(raw[name].astype(float)), rtol=1e-5)
        assert abs(np.nanmedian(y)) < 0.05


# Coverage --------------------------------------------------------------------------------------------


def looked_at(count: int, unreadable: tuple[int, ...] = ()) -> AnalysedFrames:
    numbers = np.arange(count)
    return AnalysedFrames(
        numbers, numbers / 10, ~np.isin(numbers, unreadable), np.isin(numbers, (0, 5))
    )


def face_rows(person: list[int], frames: list[int], **columns: object) -> FeatureTable:
    return FeatureTable(
        {
            "frame_number": frames,
            "time_s": np.array(frames) / 10,
            "person": person,
            "jaw_drop": np.full(len(frames), 0.3),
            "size_px": np.full(len(frames), 80.0),
            **columns,  # type: ignore[dict-item]
        }
    )


def said(states: lanes.States) -> list[str]:
    return [COVERAGE[code] for code in states.codes]


def test_coverage_tells_why_a_frame_says_nothing_of_a_person() -> None:
    table = face_rows(
        [1, 1, 1, 1, 2, 1],
        [0, 1, 2, 3, 4, 5],
        size_px=[80, 9, 80, 80, 80, np.nan],
        yaw_deg=[0, 0, 60, 0, 0, np.nan],
        jaw_drop=[0.3, 0.3, 0.3, 0.3, 0.3, np.nan],
    )
    states = lanes.coverage(table, looked_at(8, unreadable=(7,)), 1)
    assert said(states) == [
        "analysed", "too small", "turned away", "analysed", "other person", "no mesh", "no face",
        "not readable",
    ]  # fmt: skip
    assert states.share(COVERAGE.index("analysed")) == pytest.approx(2 / 8)


def test_a_hand_before_the_face_covers_it_with_a_margin_in_time() -> None:
    occlusion = np.zeros(30)
    occlusion[15] = 0.5
    table = face_rows([1] * 30, list(range(30)), occlusion=occlusion)
    told = said(lanes.coverage(table, looked_at(30), 1))
    assert told[15] == told[13] == "covered"
    assert told[5] == told[25] == "analysed"


def test_coverage_of_everybody_is_that_of_whoever_is_seen_best() -> None:
    table = face_rows([1, 2], [0, 0], size_px=[9, 80], face=[0, 1])
    assert said(lanes.coverage(table, looked_at(1), None)) == ["analysed"]
    assert said(lanes.coverage(table, looked_at(1), 1)) == ["too small"]


def test_without_the_frames_looked_at_only_frames_with_a_face_are_told() -> None:
    table = face_rows([1, 2], [0, 3])
    assert said(lanes.coverage(table, AnalysedFrames(), 1)) == ["analysed", "other person"]


def test_states_are_joined_and_break_at_gaps() -> None:
    times = np.array([0.0, 0.1, 0.2, 0.3, 5.0, 5.1])
    states = lanes.States(times, np.array([0, 0, 1, 1, 1, 1]), 2)
    runs = states.runs(-1, 10, 1000)
    assert [(run.state, round(run.start_s, 2), round(run.stop_s, 2)) for run in runs] == [
        (0, 0.0, 0.2), (1, 0.2, 0.4), (1, 5.0, 5.2),
    ]  # fmt: skip
    assert states.at(0.15) == 0
    assert states.at(2.0) is None
    assert states.at(-0.1) is None


def test_dense_states_show_the_most_frequent_one_of_each_column() -> None:
    codes = np.zeros(10_000, np.int64)
    codes[::10] = 1
    codes[6000:8000] = 2
    runs = lanes.States(np.arange(10_000) / 10, codes, 3).runs(0, 1000, 100)
    assert [run.state for run in runs] == [0, 2, 0]
    assert runs[1].start_s == pytest.approx(600)
    assert runs[1].stop_s == pytest.approx(800)


def test_shots_begin_at_the_first_frame_and_at_cuts() -> None:
    assert lanes.shot_starts(FeatureTable({}), looked_at(8)).tolist() == [0.0, 0.5]
    table = face_rows([1, 1, 1], [0, 3, 6], shot=[0, 0, 1])
    assert lanes.shot_starts(table, AnalysedFrames()).tolist() == [0.0, 0.6]
    assert len(lanes.shot_starts(FeatureTable({}), AnalysedFrames())) == 0


def test_overlapping_stretches_become_one() -> None:
    assert lanes.joined([(5, 6), (0, 2), (1, 3), (3, 4)]) == [(0, 4), (5, 6)]
    assert lanes.joined([]) == []


def test_events_are_counted_where_their_peaks_are() -> None:
    peaks = [replace(event(k + 1), peak_s=t) for k, t in enumerate((0.5, 0.6, 9.9))]
    assert lanes.density(peaks, 10.0, 10).tolist() == [2, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    assert lanes.density([], 10.0, 4).tolist() == [0, 0, 0, 0]


def test_the_p_value_of_a_second_is_that_against_the_marked_baseline() -> None:
    time_s = np.arange(3000) / 10
    score = np.random.default_rng(2).normal(size=3000).astype(np.float32)
    score[1500:] *= 3
    own = PersonScores(1, np.arange(3000), time_s, {FUSION: score})
    ordinary = background_of(time_s, np.where(time_s <= 100, score, np.nan))
    every = background_of(time_s, score)

    def decades(at_s: float, seconds: int | None) -> float:
        return lanes.value_at(lanes.p_value_curve(own, [(0.0, 100.0)], seconds), at_s)

    marked = len(ordinary.highest)
    for second in (40, 101, 222):
        highest = float(every.highest[every.block == second][0])
        for background, seconds in ((ordinary, marked), (every, marked + 1), (every, None)):
            p = background.p_value(second, second, highest)
            assert p is not None
            expected = min(-np.log10(p), lanes.MOST_DECADES)
            assert decades(second + 0.5, seconds) == pytest.approx(expected, rel=1e-6)
