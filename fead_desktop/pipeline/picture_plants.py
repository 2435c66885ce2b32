"""Plants expressions into the recording's own pictures and measures the faces again, as the face stage does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fead_desktop.closing import Closing
from fead_desktop.faces.face import BoundingBox, Landmarks, Picture
from fead_desktop.faces.landmarks import FaceMesh
from fead_desktop.features.emotion import FerClassifier
from fead_desktop.features.expression import measure_expression
from fead_desktop.features.table import FeatureTable
from fead_desktop.pipeline.second_look import box_at, roll_at
from fead_desktop.planting.expressions import PlantedExpression
from fead_desktop.planting.movements import movement_fields
from fead_desktop.planting.plants import Floats, Placed, Response, changed, log_emotions
from fead_desktop.planting.warp import MeshWarp
from fead_desktop.progress import Progress
from fead_desktop.video.decoder import Decoder
from fead_desktop.video.frame_index import FrameIndex

Rows = npt.NDArray[np.intp]

#: Faces on which an expression's response is measured; the mesh's own noise averages out.
RESPONSE_FACES = 8
#: Shares of the largest amount at which it is measured.
_SHARES = (0.25, 0.5, 0.75, 1.0)
#: The picture is cut to this many times the face's box: what the warp moves, and what the networks see.
_AROUND = 2.2
#: A larger cut is shrunk to this side: the networks see 192 px of it.
_MOST_SIDE_PX = 480


class PicturePlanter(Closing):
    """Warps faces of a recording; one person's rows are looked at by their place in the table."""

    def __init__(self, recording: Path, index: FrameIndex, threads: int):
        self._decoder = Decoder(recording, index, threads=threads)
        self._mesh = FaceMesh()
        self._classifier = FerClassifier()

    def close(self) -> None:
        """Close the recording and the mesh."""
        self._decoder.close()
        self._mesh.close()

    def responses(
        self,
        table: FeatureTable,
        rows: Rows,
        expressions: Sequence[PlantedExpression],
        progress: Progress,
    ) -> list[Response]:
        """Measure what each expression does to a person's face, averaged over some rows.

        An expression that could be measured on no row has an empty response of one amount.
        """
        changes: list[list[Floats]] = [[] for _ in expressions]
        for _, face in self._faces(table, rows):
            progress.raise_if_cancelled()
            for k, expression in enumerate(expressions):
                moved = [face.changed_by(expression, share * expression.most) for share in _SHARES]
                if all(change is not None for change in moved):
                    changes[k].append(np.array(moved, np.float64))
        return [
            _response(expression, found)
            for expression, found in zip(expressions, changes, strict=True)
        ]

    def with_plants(
        self, table: FeatureTable, placed: Sequence[Placed], progress: Progress
    ) -> FeatureTable:
        """Return the rows as they would be measured with the moments in the pictures.

        What the warp changed is added to the row: the same face is measured twice in the same way, with the
        moment and without it. A row whose face can't be found again stays as it was.
        """
        amounts = np.zeros(len(table))
        which = np.full(len(table), -1)
        for k, each in enumerate(placed):
            course = each.moment.envelope(table.time_s)
            here = course > 0
            amounts[here], which[here] = each.amount * course[here], k
        found_rows, changes = [], []
        for row, face in self._faces(table, np.flatnonzero(which >= 0)):
            progress.raise_if_cancelled()
            change = face.changed_by(placed[which[row]].plant.expression, float(amounts[row]))
            if change is not None:
                found_rows.append(row)
                changes.append(change)
        if not found_rows:
            return table
        return changed(table, np.array(found_rows, np.intp), np.array(changes))

    def planted(
        self,
        picture: Picture,
        table: FeatureTable,
        time_s: float,
        expression: PlantedExpression,
        amount: float,
    ) -> Picture:
        """Return a whole picture with an amount of an expression in a person's face, at a time between the rows.

        Where the face can't be found again the picture stays as it is.
        """
        box = box_at(table, time_s)
        if box is None:
            return picture
        left, top, right, bottom = _around(picture, box)
        cut = np.ascontiguousarray(picture[top:bottom, left:right])
        inside = replace(box, x=box.x - left, y=box.y - top)
        landmarks = self._mesh.landmarks_where(cut, inside, roll_at(table, time_s))
        if landmarks is None:
            return picture
        shift = _shift(expression, amount, movement_fields(landmarks))
        whole = picture.copy()
        whole[top:bottom, left:right] = MeshWarp(cut, landmarks).render(shift)
        return whole

    def _faces(self, table: FeatureTable, rows: Rows) -> Iterator[tuple[int, _Face]]:
        """Yield the faces of rising rows that can be found again."""
        frames = table.frame_number[rows]
        for row, (_, picture) in zip(rows.tolist(), self._decoder.stream(frames), strict=True):
            time_s = float(table.time_s[row])
            box = box_at(table, time_s)
            if picture is None or box is None:
                continue
            cut, box = _cut(picture, box)
            landmarks = self._mesh.landmarks_where(cut, box, roll_at(table, time_s))
            if landmarks is not None:
                yield row, _Face(cut, box, landmarks, roll_at(table, time_s), self)

    def measure(
        self, pictures: Sequence[Picture], box: BoundingBox, roll_deg: float
    ) -> Floats | None:
        """Return (n, m + 7) measures and log emotion scores; None where one of the faces isn't found."""
        meshes = [self._mesh.landmarks_where(each, box, roll_deg) for each in pictures]
        if any(mesh is None for mesh in meshes):
            return None
        known = [mesh for mesh in meshes if mesh is not None]
        emotions = log_emotions(self._classifier.classify(pictures, known))
        measured: Floats = np.concatenate([measure_expression(np.stack(known)), emotions], axis=1)
        return measured if np.isfinite(measured).all() else None


class _Face:
    """A cut picture of one face that can be warped and measured."""

    def __init__(
        self,
        picture: Picture,
        box: BoundingBox,
        landmarks: Landmarks,
        roll_deg: float,
        planter: PicturePlanter,
    ):
        self._picture, self._box, self._roll_deg = picture, box, roll_deg
        self._planter = planter
        self._warp = MeshWarp(picture, landmarks)
        self._fields = movement_fields(landmarks)
        self._still = planter.measure([picture], box, roll_deg)

    def changed_by(self, expression: PlantedExpression, amount: float) -> Floats | None:
        """Return what an amount of an expression changes, (m + 7,); None where it can't be measured."""
        shift = _shift(expression, amount, self._fields)
        moved = self._planter.measure([self._warp.render(shift)], self._box, self._roll_deg)
        if moved is None or self._still is None:
            return None
        change: Floats = moved[0] - self._still[0]
        return change


def _shift(expression: PlantedExpression, amount: float, fields: Mapping[str, Floats]) -> Floats:
    return sum(
        (share * amount * fields[name] for name, share in expression.movements.items()),
        start=np.zeros_like(fields["jaw"]),
    )


def _response(expression: PlantedExpression, found: list[Floats]) -> Response:
    if not found:
        return Response(np.array([expression.most]), np.full((1, 1), np.nan))
    mean = np.mean(found, axis=0)
    amount = np.array([0.0, *(share * expression.most for share in _SHARES)])
    return Response(amount, np.concatenate([np.zeros((1, mean.shape[1])), mean]))


def _around(picture: Picture, box: BoundingBox) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of what the warp moves about a face."""
    height, width = picture.shape[:2]
    side = max(box.width, box.height) * _AROUND
    cx, cy = box.center
    left, top = max(0, int(cx - side / 2)), max(0, int(cy - side / 2))
    return left, top, min(width, int(cx + side / 2) + 1), min(height, int(cy + side / 2) + 1)


def _cut(picture: Picture, box: BoundingBox) -> tuple[Picture, BoundingBox]:
    """Return the part of a picture about a face, not too large, and the face's box in it."""
    import cv2

    left, top, right, bottom = _around(picture, box)
    part = np.ascontiguousarray(picture[top:bottom, left:right])
    scale = min(1.0, _MOST_SIDE_PX / max(part.shape[:2]))
    if scale < 1.0:
        size = (round(part.shape[1] * scale), round(part.shape[0] * scale))
        part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
    placed = replace(
        box,
        x=(box.x - left) * scale,
        y=(box.y - top) * scale,
        width=box.width * scale,
        height=box.height * scale,
    )
    return part, placed
