"""Finds shot cuts picture by picture, in steps of the analysis rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fead_desktop.video.decoder import Picture
from fead_desktop.video.scaling import shrink

_SMALL = (48, 36)
_HUE_BINS, _SATURATION_BINS, _VALUE_BINS = 16, 8, 32

# Between neighbouring analysed pictures of the recordings this was tried on (10 a second), cuts lay at a pixel
# difference >= 27, a histogram difference >= 0.42 and a correlation <= 0.69; pictures of one shot, with hands,
# turning heads and a hand-held camera, at <= 15, <= 0.12 and >= 0.81.
_LEAST_PIXEL_DIFFERENCE = 20.0
_LEAST_HISTOGRAM_DIFFERENCE = 0.25
_MOST_CORRELATION = 0.8


class ShotDetector:
    """Tells for each picture whether a new shot begins with it.

    Three things must come together: the colour histogram jumps (Zhang, Kankanhalli & Smoliar, "Automatic
    partitioning of full-motion video", 1993), the pixels jump, and the picture's layout is another one (the grey
    pictures hardly correlate). The first alone would call a light switched on a cut, the second a fast motion.

    Parameters
    ----------
    previous : (height, width, 3) uint8 RGB or None
        The picture before the first one given, where work begins in the middle of a recording; None = the first
        picture begins no new shot.
    """

    def __init__(self, previous: Picture | None = None) -> None:
        self._previous = None if previous is None else _Glance.of(previous)

    def is_cut(self, picture: Picture) -> bool:
        """Tell whether a shot begins with this picture, (height, width, 3) uint8 RGB, and remember it."""
        glance = _Glance.of(picture)
        previous, self._previous = self._previous, glance
        return previous is not None and glance.begins_shot_after(previous)


@dataclass(frozen=True)
class _Glance:
    """A picture as the detector remembers it: tiny, with its histograms."""

    small: npt.NDArray[np.float32]
    hue_saturation: npt.NDArray[np.float32]
    value: npt.NDArray[np.float32]

    @classmethod
    def of(cls, picture: Picture) -> _Glance:
        import cv2

        small = shrink(picture, _SMALL)
        hsv = cv2.cvtColor(small, cv2.COLOR_RGB2HSV)
        pixels = _SMALL[0] * _SMALL[1]
        hue_saturation = cv2.calcHist(
            [hsv], [0, 1], None, [_HUE_BINS, _SATURATION_BINS], [0, 180, 0, 256]
        )
        value = cv2.calcHist([hsv], [2], None, [_VALUE_BINS], [0, 256])
        return cls(small.astype(np.float32), hue_saturation / pixels, value / pixels)

    def begins_shot_after(self, previous: _Glance) -> bool:
        if float(np.abs(self.small - previous.small).mean()) < _LEAST_PIXEL_DIFFERENCE:
            return False
        colour = float(np.abs(self.hue_saturation - previous.hue_saturation).sum()) / 2
        light = float(np.abs(self.value - previous.value).sum()) / 2
        if max(colour, light) < _LEAST_HISTOGRAM_DIFFERENCE:
            return False
        return _correlation(self.small, previous.small) < _MOST_CORRELATION


def _correlation(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> float:
    """Return the correlation of two grey layouts; 0 where one of them is flat and has none."""
    grey_a, grey_b = a.mean(axis=2).ravel(), b.mean(axis=2).ravel()
    spread = float(grey_a.std() * grey_b.std())
    if spread < 1e-3:
        return 0.0
    return float(((grey_a - grey_a.mean()) * (grey_b - grey_b.mean())).mean()) / spread
