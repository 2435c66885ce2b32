"""Progress never runs backwards, and the remaining time counts only what was done in this run."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fead_desktop.errors import CancelledError
from fead_desktop.pipeline.meter import ProgressMeter
from fead_desktop.pipeline.protocol import AnalysisProgress

WEIGHTS = {"reading": 1.0, "faces": 7.0, "scores": 2.0}


class Clock:
    """Seconds that pass when told."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def meter(*, cancelled: bool = False) -> tuple[ProgressMeter, list[AnalysisProgress], Clock]:
    sent: list[AnalysisProgress] = []
    clock = Clock()
    return ProgressMeter(WEIGHTS, sent.append, lambda: cancelled, clock), sent, clock


def test_stages_share_the_whole_by_their_weights():
    progress, sent, _ = meter()
    for stage, done, overall in (
        ("reading", 0, 0.0), ("reading", 1, 0.1), ("faces", 0.5, 0.45), ("faces", 1, 0.8),
        ("scores", 1, 1.0),
    ):  # fmt: skip
        progress.report(stage, done, 1, "title")
        assert sent[-1].overall == pytest.approx(overall)
        assert (sent[-1].stage, sent[-1].message) == (stage, "title")


reports = st.tuples(
    st.sampled_from(["reading", "faces", "scores", "unknown"]), st.floats(0, 20), st.floats(0, 10)
)


@given(st.lists(reports))
def test_the_overall_share_never_runs_backwards_or_over(given_reports):
    progress, sent, _ = meter()
    for report in given_reports:
        progress.report(*report)
    shares = [each.overall for each in sent]
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)


def test_the_remaining_time_follows_the_pace_of_this_run():
    progress, sent, clock = meter()
    progress.report("faces", 0.5, 1)  # found done in the case
    assert sent[-1].remaining_s is None
    clock.now += 70
    progress.report("faces", 1, 1)
    assert sent[-1].remaining_s == pytest.approx(70 / 0.35 * 0.2)
    progress.report("scores", 1, 1)
    assert sent[-1].remaining_s == pytest.approx(0, abs=1e-9)


def test_cancelling_is_seen_when_asked_for():
    meter()[0].raise_if_cancelled()
    with pytest.raises(CancelledError, match="kept"):
        meter(cancelled=True)[0].raise_if_cancelled()


def test_loading_the_models_is_not_taken_for_the_pace_of_a_stage():
    progress, sent, clock = meter()
    progress.report("faces", 0, 100)
    clock.now += 5  # models are being loaded
    for done in range(10, 60, 10):
        clock.now += 1
        progress.report("faces", done, 100)
    # 10 % a second from the first tenth on; a unit of expected time takes 10 / 7 s.
    assert sent[-1].remaining_s == pytest.approx(5 + 2 * 10 / 7)


def test_what_is_quick_does_not_set_the_pace_and_what_is_there_takes_no_time():
    progress, sent, clock = meter()
    progress.report("reading", 0, 1)
    clock.now += 60  # a slow disk
    progress.report("reading", 1, 1)
    progress.shrink("faces", 0.5)
    progress.report("faces", 0, 10)
    for done in (2, 4, 6):
        clock.now += 7
        progress.report("faces", done, 10)
    # Half of the stage's 7 units takes 35 s, so a unit takes 10 s.
    assert sent[-1].remaining_s == pytest.approx(14 + 2 * 10)
    progress.expect({"scores": 5.0})
    progress.report("faces", 6, 10)
    assert sent[-1].remaining_s == pytest.approx(14 + 5 * 10)


@settings(max_examples=30, deadline=None)
@given(st.integers(5, 60), st.floats(0.01, 5), st.floats(0.3, 3), st.integers(2, 40))
def test_the_remaining_time_is_right_within_a_fifth_after_the_first_tenth(
    chunks, seconds_a_chunk, pace, steps
):
    """Of a run in which the later stages cost what is expected of them at this machine's pace, give or take a tenth."""
    clock, sent = Clock(), []
    expected = {"reading": 0.3, "faces": chunks * 1.0, "scores": chunks * 0.4}
    progress = ProgressMeter(expected, sent.append, lambda: False, clock)
    began, seen = clock.now, []
    scores_s = chunks * 0.4 * seconds_a_chunk * pace * 1.1
    faces_s = chunks * seconds_a_chunk * pace
    loading_s = 0.02 * faces_s
    progress.report("reading", 1, 1)
    clock.now += loading_s
    for k in range(chunks * steps + 1):
        progress.report("faces", k, chunks * steps)
        seen.append((clock.now - began, sent[-1].remaining_s))
        clock.now += faces_s / (chunks * steps) * (k < chunks * steps)
    whole_s = clock.now - began + scores_s
    for at_s, said_s in seen:
        if at_s > 0.1 * whole_s:
            assert said_s == pytest.approx(whole_s - at_s, rel=0.2)
