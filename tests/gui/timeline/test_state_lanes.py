"""Lanes of stretches, as they are painted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from fead_desktop.gui import theme
from fead_desktop.gui.timeline.lane_table import LANES_BY_ID
from fead_desktop.gui.timeline.scale import TimeScale
from fead_desktop.gui.timeline.state_lanes import ShotsLane


@pytest.fixture
def usual_theme(qapp: QApplication) -> Iterator[None]:
    yield
    theme.use(qapp, "dark")


@pytest.mark.usefixtures("usual_theme")
@pytest.mark.parametrize("choice", ["dark", "light", "high contrast"])
def test_the_number_of_each_shot_can_be_read(qapp: QApplication, choice: str) -> None:
    theme.use(qapp, choice)
    image = QImage(400, 24, QImage.Format.Format_RGB32)
    image.fill(QColor(theme.colours().base))
    painter = QPainter(image)
    lane = ShotsLane(LANES_BY_ID["shots"], np.array([0.0, 5.0]), 10.0)
    lane.paint(painter, QRectF(image.rect()), TimeScale.whole(10.0))
    painter.end()
    for first in (20, 220):  # the middle of each half holds a number, nothing else does
        seen = [
            image.pixelColor(x, y).lightness()
            for x in range(first, first + 160)
            for y in range(4, 20)
        ]
        assert max(seen) - min(seen) > 80
