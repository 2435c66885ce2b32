"""Progress never runs backwards, and the remaining time counts only what was done in this run."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fead_desktop.errors import CancelledError
from fead_desktop.pipeline.meter import Expected, ProgressMeter
from fead_desktop.pipeline.pace import remember_pace
from fead_desktop.pipeline.protocol import AnalysisProgress
from fead_desktop.pipeline.runner import expected_times
from fead_desktop.pipeline.runner import meter as analysis_meter
from fead_desktop.pipeline.stages import STAGES

WEIGHTS = {"reading": Expected(1.0), "faces": Expected(7.0), "scores": Expected(2.0)}


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


def test_the_pace_is_that_of_the_latter_half_of_what_was_done():
    progress, sent, clock = meter()
    progress.report("faces", 0, 100)
    clock.now += 5  # models are being loaded
    for done in range(10, 100, 10):
        clock.now += 1
        progress.report("faces", done, 100)
    # 10 % a second from the first tenth on; a unit of expected time takes 10 / 7 s.
    assert sent[-1].remaining_s == pytest.approx(1 + 2 * 10 / 7, rel=0.1)


def test_a_slow_disk_does_not_set_the_pace_and_what_is_there_takes_no_time():
    progress, sent, clock = meter()
    progress.expect({"reading": Expected(0.0, paced=False)})
    progress.report("reading", 0, 1)
    clock.now += 60
    progress.report("reading", 1, 1)
    progress.shrink("faces", 0.5)
    progress.report("faces", 0, 10)
    for done in (2, 4, 6):
        clock.now += 7
        progress.report("faces", done, 10)
    # Half of the stage's 7 units takes 35 s, so a unit takes 10 s.
    assert sent[-1].remaining_s == pytest.approx(14 + 2 * 10)
    progress.expect({"scores": Expected(5.0)})
    progress.report("faces", 6, 10)
    assert sent[-1].remaining_s == pytest.approx(14 + 5 * 10)


def test_what_starts_a_stage_comes_before_its_first_part_and_not_where_nothing_is_to_do():
    progress, sent, clock = meter()
    progress.expect({"faces": Expected(5.0, start=2.0), "scores": Expected(3.0, start=1.0)})
    progress.report("faces", 0, 10)
    clock.now += 5  # 2.5 s for each of the two units it starts with
    for done in (1, 2):
        clock.now += 1.25
        progress.report("faces", done, 10)
    assert sent[-1].remaining_s == pytest.approx(2.5 * (4 + 4))
    progress.shrink("scores", 0.0)
    progress.report("faces", 2, 10)
    assert sent[-1].remaining_s == pytest.approx(2.5 * 4)


def test_seconds_that_are_trusted_are_told_at_once():
    clock, sent = Clock(), []
    progress = ProgressMeter(WEIGHTS, sent.append, lambda: False, clock, trusted=0.01)
    progress.report("faces", 0, 10)
    assert sent[-1].remaining_s == pytest.approx(9.0)


#: Reports of a real analysis of 299 s at 10 frames a second on two cores, in a slow hour of theirs: analysed frames,
#: seconds that it took, and by stage the part that was done after so many seconds.
RUN: tuple[int, float, dict[str, list[tuple[float, float]]]] = (
    2991,
    56.50,
    {
        "reading": [(0.0, 0.27)],
        "faces": [
            (0.0, 0.74),
            (0.00625, 1.77),
            (0.0811, 6.34),
            (0.163, 9.69),
            (0.25, 12.61),
            (0.331, 15.49),
            (0.412, 18.26),
            (0.494, 21.53),
            (0.575, 24.51),
            (0.656, 27.19),
            (0.738, 30.46),
            (0.825, 33.6),
            (0.906, 36.74),
            (1.0, 39.78),
        ],
        "persons": [(0.0, 39.79), (1.0, 40.04)],
        "ranking": [(0.0, 40.45), (1.0, 45.34)],
        "events": [(0.0, 45.35), (1.0, 45.59)],
        "networks": [(0.0, 45.78), (1.0, 51.3)],
        "components": [(0.0, 51.3), (1.0, 53.95)],
        "scores": [(0.0, 53.96), (1.0, 56.15)],
        "refine": [(0.0, 56.17), (1.0, 56.18)],
        "writing": [(0.0, 56.18), (1.0, 56.35)],
    },
)

#: What an analysis in that hour showed of the machine.
PACE = {"faces": 1.2, "ranking": 1.2, "networks": 1.25, "scores": 1.2}


def off(
    frames: int,
    took_s: float,
    reports: dict[str, list[tuple[float, float]]],
    slower: float = 1.0,
    after: float = 0.1,
) -> float:
    """Return by what share the remaining time was wrong at worst after a tenth; a second is no error."""
    clock, sent = Clock(), []
    progress = analysis_meter(sent.append, lambda: False, clock)
    began, worst = clock.now, 0.0
    for stage, parts in reports.items():
        if stage == "faces":
            progress.expect(expected_times(frames))
        for part, at_s in parts:
            clock.now = began + slower * at_s
            progress.report(stage, part, 1)
            left_s = slower * (took_s - at_s)
            if at_s > after * took_s:
                wrong_s = abs(sent[-1].remaining_s - left_s)
                worst = max(worst, wrong_s / left_s if wrong_s > 1.0 * slower else 0.0)
    return worst


@pytest.fixture
def nothing_known(tmp_path, monkeypatch):
    monkeypatch.setenv("FEAD_CACHE_DIR", str(tmp_path))


@pytest.fixture
def pace_known(nothing_known):
    usual = {stage.name: stage.usual_s(2991, 1) for stage in STAGES}
    remember_pace(usual, {name: pace * usual[name].whole for name, pace in PACE.items()})


@pytest.mark.usefixtures("pace_known")
def test_the_remaining_time_is_right_within_a_fifth_after_the_first_tenth():
    assert off(*RUN) < 0.2


@pytest.mark.usefixtures("nothing_known")
def test_a_machine_with_another_pace_is_known_after_one_analysis():
    """Its networks' training and scikit-learn take four times as long beside faces found as fast as usual."""
    frames, took_s, reports = RUN
    end_s = reports["persons"][-1][1]
    slow = {
        stage: [(part, at_s + 3 * max(0.0, at_s - end_s)) for part, at_s in parts]
        for stage, parts in reports.items()
    }
    slow_s = took_s + 3 * (took_s - end_s)
    before = off(frames, slow_s, slow)
    remember_pace(
        {stage.name: stage.usual_s(frames, 1) for stage in STAGES},
        {stage.name: slow[stage.name][-1][1] - slow[stage.name][0][1] for stage in STAGES},
    )
    assert off(frames, slow_s, slow) < 0.2 < before


@pytest.mark.usefixtures("nothing_known")
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None
)
@given(st.floats(0.3, 10))
def test_half_of_a_long_recording_tells_the_pace_of_a_machine_never_seen_before(slower):
    assert off(*RUN, slower=slower, after=0.5) < 0.2
