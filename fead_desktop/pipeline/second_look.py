"""The second look: every frame around an event, each measured once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.dense import DenseStretch, refine_event
from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.eye_lines import AROUND_PEAK, EyeLines
from fead_desktop.closing import Closing
from fead_desktop.faces.alignment import eye_middles
from fead_desktop.faces.face import BoundingBox, Landmarks
from fead_desktop.faces.quality import head_pose
from fead_desktop.features.expression import measure_expression
from fead_desktop.features.table import FeatureTable, FloatArray
from fead_desktop.models.device import shared_thread_count
from fead_desktop.pipeline.crops import aligned_face, jpeg_of
from fead_desktop.pipeline.run import Run
from fead_desktop.video.decoder import Decoder

#: The second look goes this far beyond what the analysis grid saw.
MARGIN_S = 0.6
#: An event of many seconds needs no second look at all of its frames: this far around its peak will do.
MOST_S = 4.0

_ANGLES = ("yaw_deg", "pitch_deg", "roll_deg")


class SecondLook(Closing):
    """Refines one event after another, with a decoder of its own so that it can run beside the stages.

    Frames of the analysis grid are measured already; frames that two events share are measured once. Events in
    the order of their times need a single pass over the recording.
    """

    def __init__(self, run: Run):
        self._run = run
        self._decoder = Decoder(run.request.recording, run.index, threads=shared_thread_count())
        self._measured: dict[tuple[int, int], FloatArray | None] = {}
        self._eyes: dict[tuple[int, int], npt.NDArray[np.float64]] = {}

    def close(self) -> None:
        """Close the recording."""
        self._decoder.close()

    def refine(self, event: AnomalyEvent, table: FeatureTable) -> tuple[AnomalyEvent, bytes]:
        """Return an event on the true frames and the JPEG of its peak; ``table`` holds the person's rows."""
        refined = refine_event(event, table, self._stretch(event, table))
        return refined, self._thumbnail(refined.peak_frame, table)

    def eye_lines(self, event: AnomalyEvent, peak_frame: int, table: FeatureTable) -> EyeLines:
        """Return where the eyes are in the frames around the true peak of an event, as far as they are seen.

        In a frame of the analysis grid they stand between those of its neighbours; where these were not looked at,
        the mesh looks at it now. What other events were looked at changes nothing.
        """
        person, last = event.person, len(self._run.index) - 1
        first = max(peak_frame - AROUND_PEAK, 0)
        frames = range(first, min(peak_frame + AROUND_PEAK, last) + 1)
        seen = frames_around(event, self._run.index.times_s).tolist()
        own = {n: self._eyes[person, n] for n in seen if (person, n) in self._eyes}
        made = {n: own[n] for n in frames if n in own}
        for n in frames:
            if n not in own and {n - 1, n + 1} <= own.keys():
                made[n] = (own[n - 1] + own[n + 1]) / 2
        for n, landmarks in self._meshes([n for n in frames if n not in made], table):
            made[n] = eye_middles(landmarks).ravel()
        numbers = sorted(made)
        eyes = np.array([made[n] for n in numbers], np.float64).reshape(-1, 4)
        return EyeLines(np.array(numbers, np.int64), eyes)

    def _stretch(self, event: AnomalyEvent, table: FeatureTable) -> DenseStretch:
        frames = frames_around(event, self._run.index.times_s)
        self._measure(event.person, frames, table)
        known = [(n, self._measured[event.person, n]) for n in frames.tolist()]
        rows = [(n, row) for n, row in known if row is not None]
        numbers = np.array([n for n, _ in rows], np.int64)
        values = np.array([row for _, row in rows], np.float32).reshape(
            len(rows), table.expression.shape[1] + len(_ANGLES)
        )
        return DenseStretch(
            frame_number=numbers,
            time_s=self._run.index.times_s[numbers],
            expression=values[:, : -len(_ANGLES)],
            yaw_deg=values[:, -3],
            pitch_deg=values[:, -2],
            roll_deg=values[:, -1],
        )

    def _measure(self, person: int, frames: npt.NDArray[np.int64], table: FeatureTable) -> None:
        """Measure the frames that are not measured yet; None where the mesh finds no face.

        The face is looked for where the person's box stands between the analysed frames.
        """
        self._take_from_grid(person, frames, table)
        wanted = [n for n in frames.tolist() if (person, n) not in self._measured]
        self._measured |= dict.fromkeys((person, n) for n in wanted)
        meshes = list(self._meshes(wanted, table))
        if not meshes:
            return
        measures = measure_expression(np.stack([landmarks for _, landmarks in meshes]))
        for (n, landmarks), row in zip(meshes, measures, strict=True):
            pose = head_pose(landmarks)
            angles = [pose.yaw_deg, pose.pitch_deg, pose.roll_deg]
            self._measured[person, n] = np.append(row, angles).astype(np.float32)
            self._eyes[person, n] = eye_middles(landmarks).ravel()

    def _meshes(
        self, frames: Sequence[int], table: FeatureTable
    ) -> Iterator[tuple[int, Landmarks]]:
        """Yield the mesh of the person of the table in each frame in which it is found."""
        times = self._run.index.times_s
        for n, picture in self._decoder.stream(frames):
            box = box_at(table, float(times[n]))
            if picture is None or box is None:
                continue
            landmarks = self._run.finder.mesh.landmarks_where(
                picture, box, roll_at(table, float(times[n]))
            )
            if landmarks is not None:
                yield n, landmarks

    def _take_from_grid(
        self, person: int, frames: npt.NDArray[np.int64], table: FeatureTable
    ) -> None:
        inside = np.isin(table.frame_number, frames) & np.isfinite(table.expression).any(axis=1)
        rows = np.concatenate([table.expression, table.matrix(_ANGLES)], axis=1)
        for place in np.flatnonzero(inside):
            self._measured[person, int(table.frame_number[place])] = rows[place]

    def _thumbnail(self, frame_number: int, table: FeatureTable) -> bytes:
        """Return the aligned face of a person in a frame as JPEG; nothing where it can't be made."""
        box = box_at(table, float(self._run.index.times_s[frame_number]))
        picture = self._decoder.read(frame_number)
        if picture is None or box is None:
            return b""
        landmarks = self._run.finder.mesh.landmarks(picture, box)
        return b"" if landmarks is None else jpeg_of(aligned_face(picture, box, landmarks))


def frames_around(event: AnomalyEvent, times_s: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return the numbers of the frames that an event's second look takes."""
    begin = max(event.onset_s, event.peak_s - MOST_S / 2) - MARGIN_S
    end = min(event.offset_s, event.peak_s + MOST_S / 2) + MARGIN_S
    return np.flatnonzero((times_s >= begin) & (times_s <= end)).astype(np.int64)


def roll_at(table: FeatureTable, time_s: float) -> float:
    """Return the turn of a person's head in the picture, in degrees, at the row nearest in time."""
    after = min(int(np.searchsorted(table.time_s, time_s)), len(table) - 1)
    before = max(after - 1, 0)
    near = min(before, after, key=lambda row: abs(table.time_s[row] - time_s))
    return float(table["roll_deg"][near])


def box_at(table: FeatureTable, time_s: float, reach_s: float = 0.5) -> BoundingBox | None:
    """Return a person's box at a time, interpolated within a track; None where nobody was near."""
    after = int(np.searchsorted(table.time_s, time_s))
    rows = [row for row in (after - 1, after) if 0 <= row < len(table)]
    rows = [row for row in rows if abs(table.time_s[row] - time_s) <= reach_s]
    if not rows:
        return None
    if len(rows) == 2 and table["track"][rows[0]] != table["track"][rows[1]]:
        rows = [min(rows, key=lambda row: abs(table.time_s[row] - time_s))]
    near = table.time_s[rows]
    sides = (
        float(np.interp(time_s, near, table[name][rows].astype(np.float64)))
        for name in ("box_x", "box_y", "box_width", "box_height")
    )
    return BoundingBox(*sides)
