"""What the analyst may type to go somewhere."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from fead_desktop.errors import UsageError
from fead_desktop.gui.player.go_to import parse_place
from fead_desktop.video.frame_index import FrameIndex


@pytest.fixture
def index() -> FrameIndex:
    pts = np.arange(2500, dtype=np.int64)
    return FrameIndex(
        pts=pts, time_base=Fraction(1, 25), seek_points=pts[:1], width=4, height=4, rotation_deg=0,
        duration_s=100.0, variable_frame_rate=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ("0", 0), (" 1234 ", 1234), ("+10", 1010), ("-10", 990), ("\u221210", 990), ("+99999", 2499),
        ("-99999", 0), ("+1.5s", 1037), ("-2 s", 950), ("1:23.4", 2085), ("00:00:10", 250), ("83.4", 2085),
    ],
)  # fmt: skip
def test_places(index, text, frame):
    assert parse_place(text, index, 1000) == frame


@pytest.mark.parametrize("text", ["", "abc", "1:99", "+", "++3", "1e3", "2500", "00:02:00"])
def test_what_is_no_place_is_refused_in_a_sentence(index, text):
    with pytest.raises(UsageError) as refused:
        parse_place(text, index, 0)
    assert str(refused.value).endswith(".")


def test_a_time_of_the_sources_clock_is_a_place_too(index):
    clocked = replace(index, start_timecode="10:00:00:00", clock_rate=Fraction(25))
    assert parse_place("10:00:04:12", clocked, 0) == 112
    for text in ("09:59:59:00", "10:00:04:25", "11:00:00:00"):
        with pytest.raises(UsageError):
            parse_place(text, clocked, 0)
