"""Progress never runs backwards, and the remaining time counts only what was done in this run."""

from __future__ import annotations

import pytest
from hypothesis import given
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
