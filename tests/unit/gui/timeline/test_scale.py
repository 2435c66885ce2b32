from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fead_desktop.gui.timeline.scale import TimeScale, ticks

WHOLE = TimeScale.whole(100.0)


def test_places_and_times_are_each_others_inverse() -> None:
    scale = WHOLE.showing(20, 40)
    for time_s in (20.0, 27.5, 40.0):
        assert scale.time_at(scale.x_of(time_s, 800), 800) == pytest.approx(time_s)
    assert scale.x_of(20, 800) == pytest.approx(0)
    assert scale.x_of(40, 800) == pytest.approx(800)


def test_zooming_keeps_the_time_under_the_pointer() -> None:
    scale = WHOLE.zoomed(0.1, 30.0)
    assert scale.span_s == pytest.approx(WHOLE.span_s * 0.1)
    assert scale.x_of(30.0, 500) == pytest.approx(WHOLE.x_of(30.0, 500))


def test_a_stretch_that_is_seen_moves_nothing() -> None:
    scale = WHOLE.showing(20, 40)
    assert scale.reaching(25, 30) is scale
    moved = scale.reaching(80, 82)
    assert moved.sees(80)
    assert moved.sees(82)
    assert moved.span_s == pytest.approx(scale.span_s)


@given(
    st.lists(st.tuples(st.floats(0.05, 20), st.floats(-10, 110), st.floats(-50, 50)), max_size=20)
)
def test_no_way_leads_out_of_the_recording(moves: list[tuple[float, float, float]]) -> None:
    scale = WHOLE
    for factor, at, seconds in moves:
        scale = scale.zoomed(factor, at).moved(seconds)
        assert WHOLE.start_s - 1e-6 <= scale.start_s < scale.stop_s <= WHOLE.stop_s + 1e-6
        assert scale.span_s >= 0.2 - 1e-9


@pytest.mark.parametrize("duration", [0.0, 0.05, 0.3])
def test_a_very_short_recording_has_a_scale(duration: float) -> None:
    scale = TimeScale.whole(duration)
    assert scale.span_s > 0
    assert scale.zoomed(0.1, 0.0).span_s > 0
    assert scale.is_whole


@pytest.mark.parametrize("width", [150, 400, 1900, 3840])
@pytest.mark.parametrize("span", [0.2, 1.0, 59.0, 7200.0, 200_000.0])
def test_ticks_lie_in_the_recording_at_least_a_text_apart(width: float, span: float) -> None:
    scale = TimeScale.whole(1e6).showing(500.0, 500.0 + span)
    found = ticks(scale, width, 90.0)
    places = [scale.x_of(tick.time_s, width) for tick in found]
    assert all(b - a >= 90.0 - 1e-6 for a, b in pairwise(places))
    assert all(-1e-3 <= place <= width + 1e-3 for place in places)
    assert len({tick.text for tick in found}) == len(found)


def test_there_are_no_ticks_beyond_the_end() -> None:
    assert [tick.text for tick in ticks(TimeScale.whole(10.0), 500, 90)] == [
        "00:00:00", "00:00:02", "00:00:04", "00:00:06", "00:00:08", "00:00:10",
    ]  # fmt: skip
