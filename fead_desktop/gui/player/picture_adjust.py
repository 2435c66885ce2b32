"""PictureAdjust: brightness, contrast and gamma of what is seen; the recording and its analysis stay as they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage


@dataclass(frozen=True)
class PictureAdjust:
    """``brightness`` and ``contrast`` from -1 to 1, ``gamma`` from 0.2 to 5; higher = lighter."""

    brightness: float = 0.0
    contrast: float = 0.0
    gamma: float = 1.0

    @property
    def is_neutral(self) -> bool:
        """True if it changes nothing."""
        return self == PictureAdjust()

    @cached_property
    def table(self) -> npt.NDArray[np.uint8]:
        """The shown level of each level, (256,)."""
        level = np.arange(256) / 255
        # The slope goes from 0 (all grey) over 1 to very steep.
        slope = np.tan((self.contrast * 0.98 + 1) * np.pi / 4)
        level = np.clip((level - 0.5) * slope + 0.5 + self.brightness / 2, 0, 1)
        shown: npt.NDArray[np.uint8] = np.round(255 * level ** (1 / self.gamma)).astype(np.uint8)
        return shown

    def applied(self, image: QImage) -> QImage:
        """Return an adjusted copy of an RGB32 picture."""
        if self.is_neutral:
            return image
        copy = image.copy()
        levels = np.frombuffer(copy.bits(), np.uint8)
        np.take(self.table, levels, out=levels, mode="clip")
        return copy
