"""Boxes that show the same face become one, within a detector and across detectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from fead_desktop.faces.face import BoundingBox

#: Boxes that overlap more than this are the same face.
SAME_FACE_IOU = 0.3

#: A box that lies by this share inside another is the same face seen at another size.
SAME_FACE_INSIDE = 0.7


def suppress_overlaps(
    boxes: Sequence[BoundingBox], *, keep_order: bool = False, blend: bool = False
) -> list[BoundingBox]:
    """Return one box per face (greedy non-maximum suppression).

    Parameters
    ----------
    boxes : sequence of BoundingBox
        Of one picture.
    keep_order : bool
        Earlier boxes win instead of more confident ones: for boxes of several networks, the one
        with the truer boxes first. The kept box has the highest confidence of those it replaces.
    blend : bool
        The kept box is the mean of those it replaces, weighted by confidence; steadier from frame to
        frame (Bazarevsky et al. 2019).
    """
    # sorted() is stable, so equal confidences keep their order.
    waiting = list(boxes) if keep_order else sorted(boxes, key=lambda box: -box.confidence)
    kept = []
    while waiting:
        best = waiting[0]
        same = [box for box in waiting if box is best or same_face(best, box)]
        waiting = [box for box in waiting if not any(box is other for other in same)]
        highest = max(box.confidence for box in same)
        kept.append(_blended(same, highest) if blend else replace(best, confidence=highest))
    return kept


def same_face(a: BoundingBox, b: BoundingBox) -> bool:
    """Tell whether two boxes show the same face: they overlap, or one lies inside the other."""
    wide = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    high = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    if wide <= 0 or high <= 0:
        return False
    smaller = min(a.width * a.height, b.width * b.height)
    return a.intersection_over_union(b) > SAME_FACE_IOU or wide * high > SAME_FACE_INSIDE * smaller


def left_to_right(boxes: Iterable[BoundingBox]) -> list[BoundingBox]:
    """Sort boxes by their middle, ties from top to bottom."""
    return sorted(boxes, key=lambda box: (box.center[0], box.center[1]))


def _blended(boxes: Sequence[BoundingBox], confidence: float) -> BoundingBox:
    total = sum(box.confidence for box in boxes)
    x, y, width, height = (
        sum(getattr(box, side) * box.confidence for box in boxes) / total
        for side in ("x", "y", "width", "height")
    )
    return BoundingBox(x, y, width, height, confidence)
