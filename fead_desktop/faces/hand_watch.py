"""HandWatch: hands before the faces of frames in order, looked for only when there is something new to see."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from fead_desktop.faces.face import Landmarks, Picture
from fead_desktop.faces.hands import HandFinder
from fead_desktop.faces.quality import hand_share, hand_square
from fead_desktop.video.scaling import shrink

#: A hand before a face is looked for at most this often; the rows between take the nearest measured value, and
#: the feature views leave out more than this around a hand anyway.
HANDS_EVERY_S = 0.45

#: Side of the small picture by which a face's surroundings are known again, the difference of a colour from which
#: a cell of it has changed, and the share of changed cells up to which the last answer holds. Where a hand came or
#: went, 16 % and more had changed; a face is about a fifth of the cells.
_LOOK_PX, _CHANGED_FROM, _MOST_CHANGED = 32, 16, 0.05


@dataclass(frozen=True)
class _Look:
    cells: npt.NDArray[np.int16]
    share: float

    def is_like(self, cells: npt.NDArray[np.int16]) -> bool:
        changed = (np.abs(cells - self.cells) > _CHANGED_FROM).any(axis=2)
        return bool(changed.mean() <= _MOST_CHANGED)


@dataclass
class HandWatch:
    """Remembers the last look at each track; its answers depend on the faces it was asked for, in their order."""

    hands: HandFinder
    _seen: dict[int, tuple[float, _Look]] = field(default_factory=dict)

    def is_due(self, track: int, time_s: float) -> bool:
        """Tell whether the last answer for a track is old enough to ask again."""
        return track not in self._seen or time_s - self._seen[track][0] >= HANDS_EVERY_S

    def share(self, track: int, time_s: float, picture: Picture, landmarks: Landmarks) -> float:
        """Return the share of the face that hands cover, 0 to 1; where nothing changed, what it was."""
        square = hand_square(picture, landmarks)
        cells = shrink(square[0], (_LOOK_PX, _LOOK_PX)).astype(np.int16)
        last = self._seen[track][1] if track in self._seen else None
        if last is None or not last.is_like(cells):
            last = _Look(cells, hand_share(square, landmarks, self.hands))
        self._seen[track] = (time_s, last)
        return last.share


def occlusion_between(
    time_s: npt.NDArray[np.float64],
    track: npt.NDArray[np.int64],
    occlusion: npt.NDArray[np.float64],
    open_rows: npt.NDArray[np.bool_],
) -> npt.NDArray[np.float64]:
    """Give rows that were not looked at the value that was measured nearest in time on the same track.

    Of two equally near values the greater one counts.

    Parameters
    ----------
    time_s, track, occlusion : (n,)
    open_rows : (n,) bool
        The rows that were not looked at.
    """
    filled = occlusion.copy()
    for number in np.unique(track[open_rows]):
        known = np.flatnonzero((track == number) & ~open_rows & np.isfinite(occlusion))
        for row in np.flatnonzero((track == number) & open_rows) if len(known) else ():
            apart = np.abs(time_s[known] - time_s[row])
            # Times come from pts, so that equal steps differ in the last bits.
            filled[row] = occlusion[known[apart <= apart.min() + 1e-3]].max()
    return filled
