"""Exemplars: a few faces that show a person across pose and time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fead_desktop.features.table import FeatureTable
from fead_desktop.persons.roster import portrait_merit

IntArray = npt.NDArray[np.int64]

_POSE = ("yaw_deg", "pitch_deg")
#: A turn or nod of this much differs as much as the first from the last face.
_POSE_SCALE_DEG = 60.0
#: Faces that are looked at; of more, as many as this, evenly.
_MOST_LOOKED_AT = 1000


def exemplar_rows(table: FeatureTable, rows: npt.ArrayLike, count: int) -> IntArray:
    """Return up to ``count`` of these rows in time, as different in pose and time as they can be.

    Farthest-point sampling (Gonzalez 1985) over time, yaw and pitch among the clearer half of the faces, from
    the best portrait on: whoever was put among them by mistake is likely to be seen.

    Parameters
    ----------
    table : FeatureTable
    rows : (m,) row numbers of one person, in time.
    """
    faces = np.asarray(rows, np.int64)
    if not len(faces) or count < 1:
        return np.empty(0, np.int64)
    even = np.linspace(0, len(faces) - 1, min(len(faces), _MOST_LOOKED_AT))
    faces = faces[even.astype(np.int64)]
    detail = np.log1p(table["size_px"][faces]) * np.log1p(table["sharpness"][faces])
    clear = np.nan_to_num(detail * (1 - np.nan_to_num(table["occlusion"][faces])) ** 2)
    faces = faces[clear >= np.median(clear)]
    # Equal steps from face to face, not on the clock: a pause says nothing about a face.
    angles = [np.nan_to_num(table[name][faces].astype(np.float64)) for name in _POSE]
    place = [np.linspace(0, 1, len(faces)), *(angle / _POSE_SCALE_DEG for angle in angles)]
    points = np.stack(place, axis=1)
    picked = [int(np.argmax(portrait_merit(table.select(faces))))]
    apart = np.linalg.norm(points - points[picked[0]], axis=1)
    while len(picked) < min(count, len(faces)):
        picked.append(int(np.argmax(apart)))
        apart = np.minimum(apart, np.linalg.norm(points - points[picked[-1]], axis=1))
    return np.asarray(faces[np.unique(picked)], np.int64)
