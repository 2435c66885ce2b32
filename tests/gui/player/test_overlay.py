"""Which boxes lie over a frame."""

from __future__ import annotations

import numpy as np
import pytest

from fead_desktop.features.measures import EMOTIONS
from fead_desktop.features.table import FeatureTable
from fead_desktop.gui.player.overlay import FaceOverlay

NAMES = {1: "Anna", 2: "Ben"}


def table(rows: list[dict[str, float]]) -> FeatureTable:
    defaults = {
        "track": 0, "person": 1, "box_x": 0.0, "box_y": 0.0, "box_width": 50.0, "box_height": 60.0,
    }  # fmt: skip
    whole = [{**defaults, **row} for row in rows]
    return FeatureTable({name: [row[name] for row in whole] for name in whole[0]})


def emotions(**scores: float) -> dict[str, float]:
    return {**dict.fromkeys(EMOTIONS, 0.02), **scores}


def two_rows() -> FeatureTable:
    return table(
        [
            {"frame_number": 10, "time_s": 1.0, "box_x": 100.0, "box_y": 40.0, **emotions(sad=0.8)},
            {"frame_number": 14, "time_s": 1.4, "box_x": 140.0, "box_y": 20.0, **emotions(happy=0.7)},
        ]
    )  # fmt: skip


def test_an_analysed_frame_shows_its_measured_box_with_name_and_strongest_emotion():
    (box,) = FaceOverlay(two_rows(), NAMES).boxes_at(14, 1.4)
    assert (box.box.x, box.box.y, box.box.width, box.box.height) == (140, 20, 50, 60)
    assert not box.interpolated
    assert box.label == "Anna · happy (apparent)"


def test_between_analysed_frames_the_box_moves_linearly_in_time_and_is_marked():
    (box,) = FaceOverlay(two_rows(), NAMES).boxes_at(11, 1.1)
    assert box.interpolated
    assert (box.box.x, box.box.y) == pytest.approx((110, 35))


def test_time_and_not_the_frame_number_places_the_box_at_a_variable_rate():
    (box,) = FaceOverlay(two_rows(), NAMES).boxes_at(11, 1.3)
    assert box.box.x == pytest.approx(130)


def test_an_interpolated_box_keeps_the_emotion_measured_before_it():
    (box,) = FaceOverlay(two_rows(), NAMES).boxes_at(13, 1.3)
    assert box.emotion == "sad"


def test_before_the_first_and_after_the_last_row_of_a_track_there_is_no_box():
    overlay = FaceOverlay(two_rows(), NAMES)
    assert overlay.boxes_at(9, 0.9) == ()
    assert overlay.boxes_at(15, 1.5) == ()


def test_nothing_is_interpolated_from_one_track_to_another():
    rows = table(
        [
            {"frame_number": 10, "time_s": 1.0, "track": 0},
            {"frame_number": 14, "time_s": 1.4, "track": 1},
        ]
    )
    assert FaceOverlay(rows, NAMES).boxes_at(12, 1.2) == ()


def test_faces_without_a_track_show_on_their_own_frame_only():
    rows = table(
        [
            {"frame_number": 10, "time_s": 1.0, "track": -1},
            {"frame_number": 14, "time_s": 1.4, "track": -1},
        ]
    )
    overlay = FaceOverlay(rows, NAMES)
    assert len(overlay.boxes_at(10, 1.0)) == 1
    assert overlay.boxes_at(12, 1.2) == ()


def test_tracks_are_kept_apart_when_one_of_them_was_analysed_more_densely():
    rows = table(
        [
            {"frame_number": 10, "time_s": 1.0, "track": 3, "person": 1, "box_x": 0.0},
            {"frame_number": 10, "time_s": 1.0, "track": 5, "person": 2, "box_x": 200.0},
            {"frame_number": 11, "time_s": 1.1, "track": 5, "person": 2, "box_x": 210.0},
            {"frame_number": 12, "time_s": 1.2, "track": 3, "person": 1, "box_x": 20.0},
            {"frame_number": 12, "time_s": 1.2, "track": 5, "person": 2, "box_x": 220.0},
        ]
    )
    left, right = FaceOverlay(rows, NAMES).boxes_at(11, 1.1)
    assert (left.name, left.box.x, left.interpolated) == ("Anna", pytest.approx(10), True)
    assert (right.name, right.box.x, right.interpolated) == ("Ben", 210, False)


def test_while_moving_a_sparsely_analysed_track_keeps_one_look():
    overlay = FaceOverlay(two_rows(), NAMES)
    looks = [
        overlay.boxes_at(frame, 1.0 + (frame - 10) / 10, moving=True)[0].interpolated
        for frame in range(10, 15)
    ]
    assert looks == [True] * 5


def test_while_moving_a_track_measured_in_every_frame_stays_measured():
    rows = table([{"frame_number": n, "time_s": n / 10} for n in range(5)])
    overlay = FaceOverlay(rows, NAMES)
    assert not any(overlay.boxes_at(n, n / 10, moving=True)[0].interpolated for n in range(5))


def test_an_emotion_that_could_not_be_measured_is_left_out():
    rows = table([{"frame_number": 10, "time_s": 1.0, "happy": np.nan, "sad": 0.4}])
    (box,) = FaceOverlay(rows, NAMES).boxes_at(10, 1.0)
    assert box.label == "Anna"


def test_unassigned_faces_say_so():
    rows = table([{"frame_number": 10, "time_s": 1.0, "person": -1}])
    (box,) = FaceOverlay(rows, NAMES).boxes_at(10, 1.0)
    assert box.name == "unassigned"


def test_an_empty_table_has_no_boxes():
    assert FaceOverlay(FeatureTable({}), {}).boxes_at(0, 0.0) == ()
