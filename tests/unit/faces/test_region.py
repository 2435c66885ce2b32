"""A detector that searches a region finds what is there, where it is, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from fead_desktop.errors import UsageError
from fead_desktop.faces.detector import FaceDetector
from fead_desktop.faces.face import BoundingBox
from fead_desktop.faces.region import RegionDetector, clipped


class BrightSpots(FaceDetector):
    """Takes every bright pixel for a face."""

    name = "spots"

    def detect(self, pictures):
        return [
            [BoundingBox(float(x), float(y), 1.0, 1.0) for y, x in np.argwhere(picture[:, :, 0])]
            for picture in pictures
        ]


@pytest.fixture
def picture():
    made = np.zeros((80, 120, 3), np.uint8)
    made[10, 15] = made[50, 70] = made[70, 110] = 255
    return made


@pytest.mark.parametrize("how", ["detect", "searcher"])
def test_what_lies_outside_is_ignored_and_what_lies_inside_keeps_its_place(picture, how):
    detector = RegionDetector(BrightSpots(), (60, 40, 40, 32))
    found = detector.detect([picture])[0] if how == "detect" else detector.searcher()(picture)
    assert [(box.x, box.y) for box in found] == [(70.0, 50.0)]
    assert detector.name == "spots"


def test_a_region_that_reaches_over_the_edge_is_cut_there():
    assert clipped((60, 40, 400, 300), 120, 80) == (60, 40, 60, 40)
    assert clipped((0, 0, 120, 80), 120, 80) == (0, 0, 120, 80)


def test_a_region_outside_of_the_picture_is_refused():
    with pytest.raises(UsageError, match="120 pixels wide"):
        clipped((120, 0, 40, 40), 120, 80)
