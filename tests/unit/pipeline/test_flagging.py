"""The ranges that the analyst marked decide what is ordinary and where no event peaks."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from fead_desktop.anomalies.calibration import Calibration, false_alarms_per_minute
from fead_desktop.anomalies.events import AnomalyEvent, find_events
from fead_desktop.anomalies.scoring import FUSION
from fead_desktop.anomalies.views import build_views, quality_mask
from fead_desktop.case.edits import Marks, Range, RangeKind, add_range
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.store import FACES_STAGE, Case
from fead_desktop.pipeline.event_stage import (
    EVENTS_STAGE,
    EventStage,
    RefineStage,
    number_of_chunk,
)
from fead_desktop.pipeline.flagging import (
    baseline_rows,
    calibration_of,
    flagged,
    ordinary_seconds,
    said_of,
    without_excluded,
)
from fead_desktop.pipeline.protocol import AnalysisRequest
from fead_desktop.pipeline.run import Run
from fead_desktop.pipeline.score_stage import (
    ComponentStage,
    NetworkStage,
    RankingStage,
    ScoreStage,
)
from fead_desktop.progress import NoProgress
from fead_desktop.video.frame_index import FrameIndex
from tests.helpers.series import table_of, talking

N = 3000
TIME_S = np.arange(N) / 10
TABLE = table_of(TIME_S, np.zeros((N, 28)))


def curve() -> np.ndarray:
    """Five minutes: the second half is three times as lively, a moment stands at 60 s and one at 200 s."""
    score = np.random.default_rng(4).normal(size=N)
    score[1500:] *= 3
    score[600:606] = 8.0
    score[2000:2006] = 30.0
    return score.astype(np.float32)


def marked(*ranges: tuple[RangeKind, int | None, float, float]) -> Marks:
    return Marks(
        ranges=tuple(
            Range(k, kind, person, start, end, int(start * 10), int(end * 10))
            for k, (kind, person, start, end) in enumerate(ranges)
        )
    )


def event(peak_s: float, score: float) -> AnomalyEvent:
    return AnomalyEvent(1, 1, "expression", FUSION, peak_s, peak_s, peak_s + 0.5, 0, 0, 5, score)


def scored(marks: Marks, person: int = 1) -> dict[str, np.ndarray]:
    """The curve, as far as there is anything to score."""
    seen = quality_mask(without_excluded(TABLE, marks, person))
    return {FUSION: np.where(seen, curve(), np.nan).astype(np.float32)}


def p_value(marks: Marks, at: AnomalyEvent, person: int = 1) -> float | None:
    scores = scored(marks, person)
    return flagged([at], ordinary_seconds(scores, TABLE, marks, person), 0.2)[0].p_value


def test_no_event_peaks_in_an_excluded_range_and_none_of_it_is_background() -> None:
    marks = marked(("excluded", None, 150.0, 300.0))
    scores = scored(marks)
    (best,) = find_events(TIME_S, scores[FUSION], num_anomalies=1)
    assert TIME_S[best.peak] == pytest.approx(60, abs=1)
    assert ordinary_seconds(scores, TABLE, marks, 1).block.max() < 150
    lively, calm = p_value(Marks(), event(60.0, 8.0)), p_value(marks, event(60.0, 8.0))
    assert lively is not None
    assert calm is not None
    assert calm < lively / 10


def test_a_baseline_range_alone_is_the_background_and_moments_outside_are_still_judged() -> None:
    marks = marked(("baseline", 1, 0.0, 100.0))
    found = p_value(marks, event(200.0, 30.0))
    assert found is not None
    assert false_alarms_per_minute(found) < 0.2
    assert p_value(marks, event(160.0, 6.0)) < p_value(Marks(), event(160.0, 6.0))


def test_a_range_of_one_person_is_nothing_to_another() -> None:
    marks = marked(("baseline", 1, 0.0, 100.0), ("excluded", 1, 150.0, 300.0))
    moment = event(60.0, 8.0)
    assert p_value(marks, moment, person=2) == p_value(Marks(), moment)
    assert p_value(marks, moment, person=1) != p_value(Marks(), moment)


def test_events_are_flagged_by_the_setting_and_say_what_is_extrapolated() -> None:
    scores = {FUSION: curve()}
    ordinary = ordinary_seconds(scores, TABLE, Marks(), 1)
    clear, usual = flagged([event(200.0, 30.0), event(20.0, 1.0)], ordinary, 0.2)
    assert clear.flagged
    assert clear.extrapolated
    assert not usual.flagged
    assert not usual.extrapolated


def test_a_baseline_too_short_for_p_values_is_said() -> None:
    marks = marked(("baseline", None, 0.0, 12.0))
    scores = scored(marks)
    ordinary = ordinary_seconds(scores, TABLE, marks, 1)
    (judged,) = flagged([event(200.0, 30.0)], ordinary, 0.2)
    assert judged.p_value is None
    assert not judged.flagged
    values = calibration_of(scores, TABLE, 1, ordinary, 0.2)
    marked_words, silent = said_of([Calibration(**values)], {1: "Anna"}, marks, 10)
    assert marked_words.startswith("Anna is compared with the 1")
    assert "less than 20 s" in silent


def test_a_range_or_another_setting_makes_the_events_stale(tmp_path: Path) -> None:
    index = FrameIndex(
        np.arange(300), Fraction(1, 30), np.arange(0, 300, 30), 64, 48, 0, 30.0, False, ()
    )
    with Case.create(tmp_path / "a.fead") as case:

        def inputs(false_alarms: float) -> object:
            parameters = AnalysisParameters(false_alarms_per_minute=false_alarms)
            request = AnalysisRequest(Path("a.mp4"), case.path, parameters)
            return EventStage().inputs(Run(request, case, index, "ab" * 32, NoProgress()), 1)

        before = inputs(0.2)
        assert inputs(0.2) == before
        assert inputs(0.5) != before
        case.do(add_range(case.marks(), Range(0, "excluded", None, 1.0, 2.0, 30, 60)))
        excluded = inputs(0.2)
        assert excluded != before
        case.undo()
        assert inputs(0.2) == before


def test_another_setting_does_not_look_at_every_frame_again(tmp_path: Path) -> None:
    index = FrameIndex(
        np.arange(300), Fraction(1, 30), np.arange(0, 300, 30), 64, 48, 0, 30.0, False, ()
    )
    with Case.create(tmp_path / "a.fead") as case:
        case.put_chunks(0, "made", {FACES_STAGE: TABLE.with_columns(person=np.ones(N)).to_bytes()})

        def inputs(made: AnomalyEvent) -> object:
            request = AnalysisRequest(Path("a.mp4"), case.path, AnalysisParameters())
            run = Run(request, case, index, "ab" * 32, NoProgress())
            data = json.dumps([asdict(made)]).encode()
            case.put_chunks(1, run.fingerprint(EventStage(), 1), {EVENTS_STAGE: data})
            return RefineStage().inputs(run, number_of_chunk(made))

        listed = event(2.0, 8.0)
        before = inputs(listed)
        assert inputs(replace(listed, p_value=1e-4, flagged=True, extrapolated=True)) == before
        assert inputs(replace(listed, peak_frame=3)) != before


# What is learned from --------------------------------------------------------------------------------


def test_nothing_is_measured_where_the_analyst_left_out() -> None:
    table = table_of(*talking(seconds=60), embedding=np.ones((600, 4), np.float32))
    blank = without_excluded(table, marked(("excluded", 1, 10.0, 20.0)), 1)
    inside = (table.time_s >= 10) & (table.time_s <= 20)
    assert (quality_mask(blank) == ~inside).all()
    views = build_views(blank, None)
    assert all(not view.mask[inside].any() for view in views.values())
    assert {"expression", "emotions", "embedding"} <= set(views)
    assert without_excluded(table, marked(("excluded", 2, 10.0, 20.0)), 1) is table
    # What is left is scaled as if the stretch had never been recorded, but for blinks at its ends.
    rest = build_views(table.select(~inside), None)["expression"].matrix
    away = np.abs(views["expression"].matrix[~inside] - rest)
    assert np.quantile(away, 0.95) < 0.01


def test_a_baseline_is_learned_from_where_twenty_seconds_of_it_can_be_used() -> None:
    table = table_of(*talking(seconds=60))
    assert baseline_rows(table, Marks(), 1) is None
    assert baseline_rows(table, marked(("baseline", 1, 0.0, 19.0)), 1) is None
    usual = baseline_rows(
        table, marked(("baseline", 1, 0.0, 15.0), ("baseline", None, 40.0, 52.0)), 1
    )
    assert usual is not None
    assert usual.sum() == 151 + 121
    assert baseline_rows(table, marked(("baseline", 2, 0.0, 30.0)), 1) is None
    marks = marked(("baseline", 1, 0.0, 30.0), ("excluded", None, 5.0, 25.0))
    assert baseline_rows(without_excluded(table, marks, 1), marks, 1) is None


def test_a_baseline_too_short_to_learn_from_is_said() -> None:
    marks = marked(("baseline", 1, 0.0, 12.0))
    values = calibration_of(
        scored(marks), TABLE, 1, ordinary_seconds(scored(marks), TABLE, marks, 1), 0.2
    )
    said = said_of([Calibration(**values)], {1: "Anna"}, marks, 10, [1])
    assert any("baseline of Anna" in each and "learned from everything" in each for each in said)


def test_ranges_make_the_scores_of_whom_they_concern_stale(tmp_path: Path) -> None:
    index = FrameIndex(
        np.arange(300), Fraction(1, 30), np.arange(0, 300, 30), 64, 48, 0, 30.0, False, ()
    )
    stages = (RankingStage(), NetworkStage(), ScoreStage(), ComponentStage())
    with Case.create(tmp_path / "a.fead") as case:

        def stale(person: int) -> list[str]:
            request = AnalysisRequest(Path("a.mp4"), case.path, AnalysisParameters())
            run = Run(request, case, index, "ab" * 32, NoProgress())
            now = {stage.name: run.fingerprint(stage, person) for stage in stages}
            before = first.setdefault(person, now)
            return [name for name in now if now[name] != before[name]]

        first: dict[int, dict[str, str]] = {}
        assert stale(1) == stale(2) == []
        case.do(add_range(case.marks(), Range(0, "baseline", 1, 1.0, 9.0, 30, 270)))
        assert stale(1) == ["ranking", "networks", "scores"]
        assert stale(2) == []
        case.undo()
        assert stale(1) == []
        case.do(add_range(case.marks(), Range(0, "excluded", None, 1.0, 9.0, 30, 270)))
        assert stale(1) == stale(2) == ["ranking", "networks", "scores", "components"]
