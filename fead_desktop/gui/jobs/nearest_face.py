"""The aligned face of a person that was analysed nearest to a moment."""

from __future__ import annotations

import numpy as np

from fead_desktop.case.store import Case
from fead_desktop.features.table import FeatureTable

#: A face further away than this shows something else.
_MOST_AWAY_S = 1.0


def nearest_face(case: Case, table: FeatureTable, person: int, time_s: float) -> bytes:
    """Return its JPEG; nothing where there is none near, or the case keeps no faces."""
    from fead_desktop.pipeline.run import CHUNK_S  # not needed to open a window
    from fead_desktop.report.faces import aligned_faces

    rows = np.flatnonzero(table.person == person)
    if not len(rows):
        return b""
    row = int(rows[np.argmin(np.abs(table.time_s[rows] - time_s))])
    at_s = float(table.time_s[row])
    if abs(at_s - time_s) > _MOST_AWAY_S:
        return b""
    wanted = (int(table.frame_number[row]), int(table["face"][row]))
    faces = aligned_faces(case, {int(at_s // CHUNK_S)})
    return next((jpeg for frame, face, jpeg in faces if (frame, face) == wanted), b"")
