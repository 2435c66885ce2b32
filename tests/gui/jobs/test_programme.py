"""What is played one after another, and when it is due."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from fead_desktop.gui.jobs.programme import ProgrammeWalk, Span, highlights, loop, straight
from fead_desktop.video.frame_index import FrameIndex


def make_index(pts: list[int]) -> FrameIndex:
    return FrameIndex(
        pts=np.array(pts, np.int64), time_base=Fraction(1, 10), seek_points=np.array(pts[:1]),
        width=4, height=4, rotation_deg=0, duration_s=(pts[-1] - pts[0] + 1) / 10, variable_frame_rate=True,
    )  # fmt: skip


STEADY = make_index(list(range(20)))
UNEVEN = make_index([0, 1, 4, 5, 9])


def walk_through(programme, index, least_s=0.0, count=100):
    walk = ProgrammeWalk(programme, index)
    seen = []
    while walk.frame is not None and len(seen) < count:
        seen.append((walk.frame, round(walk.due_s, 6)))
        walk.advance(least_s)
    return seen


def test_forward_every_frame_is_due_at_its_own_time():
    assert walk_through(straight(1, 4), UNEVEN) == [(1, 0.0), (2, 0.3), (3, 0.4), (4, 0.8)]


def test_backwards_the_same_times_run_the_other_way():
    assert walk_through(straight(4, 4, backwards=True), UNEVEN) == [
        (4, 0.0), (3, 0.4), (2, 0.5), (1, 0.8), (0, 0.9),
    ]  # fmt: skip


def test_a_fast_play_leaves_out_what_no_screen_could_show():
    seen = walk_through(straight(0, 19), STEADY, least_s=0.25)
    assert [frame for frame, _ in seen] == [0, 3, 6, 9, 12, 15, 18, 19]
    back = walk_through(straight(19, 19, backwards=True), STEADY, least_s=0.25)
    assert [frame for frame, _ in back] == [19, 16, 13, 10, 7, 4, 1, 0]


def test_a_loop_goes_on_from_the_frame_and_begins_again_when_the_last_was_shown():
    seen = walk_through(loop(3, 2, 4), UNEVEN, count=7)
    assert seen == [(3, 0.0), (4, 0.4), (2, 0.5), (3, 0.6), (4, 1.0), (2, 1.1), (3, 1.2)]


def test_a_loop_from_outside_or_from_its_end_begins_at_its_beginning():
    for frame in (0, 15, 9):
        assert [n for n, _ in walk_through(loop(frame, 5, 9), STEADY, count=3)] == [5, 6, 7]
    backwards = walk_through(loop(0, 5, 9, backwards=True), STEADY, count=7)
    assert [n for n, _ in backwards] == [9, 8, 7, 6, 5, 9, 8]


def test_highlights_play_once_in_order_and_join_where_they_overlap():
    programme = highlights(0, [Span(12, 14), Span(3, 5), Span(5, 7)])
    assert [n for n, _ in walk_through(programme, STEADY)] == [3, 4, 5, 6, 7, 12, 13, 14]


def test_highlights_go_on_inside_a_moment_and_begin_anew_behind_the_last():
    spans = [Span(3, 7), Span(12, 14)]
    assert [n for n, _ in walk_through(highlights(6, spans), STEADY)] == [6, 7, 12, 13, 14]
    assert [n for n, _ in walk_through(highlights(18, spans), STEADY)][:2] == [3, 4]


@pytest.mark.parametrize("backwards", [False, True])
def test_a_late_play_goes_on_with_the_frame_of_its_time(backwards):
    start, last = (19, 0) if backwards else (0, 19)
    walk = ProgrammeWalk(straight(start, 19, backwards=backwards), STEADY)
    walk.advance(0.0, late_before_s=0.75)
    assert walk.frame == abs(start - 7)
    assert walk.due_s == pytest.approx(0.7)
    walk.advance(0.0, late_before_s=99.0)
    assert walk.frame == last


def test_a_single_frame_is_a_programme_too():
    assert walk_through(straight(0, 0), make_index([0])) == [(0, 0.0)]
