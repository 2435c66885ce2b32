"""Where the labels of face boxes go, so that none covers another one: a pure function of rectangles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF

#: Between a label and its box, and between labels, in pixels.
GAP_PX = 2.0
#: Rows of labels above and below a box. Whole labels keep beside it; the shorter they are, the further they may go.
_ROWS = 4


@dataclass(frozen=True)
class Placed:
    """Where a label goes; ``leader`` leads to its box where that is not beside it."""

    rect: QRectF
    leader: QLineF | None = None


def place_labels(
    boxes: Sequence[QRectF], widths: Sequence[Sequence[float]], height: float, area: QRectF
) -> tuple[int, list[Placed | None]]:
    """Return how far the labels had to be shortened, and where each goes.

    All are as long as each other's room allows: the first widths with which every label finds a place are taken,
    so that neighbours look alike and a label does not change while another one moves a little.

    Parameters
    ----------
    boxes : what the labels belong to
    widths : for each shortening, from whole to shortest, the widths of all labels
    height : of every label
    area : that labels must stay in

    Returns
    -------
    The number of the shortening, and one place for each box. None overlaps another one or leaves the area; with
    the last shortening, None stands for labels for which there is no room.
    """
    for level, wide in enumerate(widths):
        places = _place_all(boxes, wide, height, area, min(level + 1, _ROWS))
        if None not in places or level == len(widths) - 1:
            return level, places
    return 0, []


def _place_all(
    boxes: Sequence[QRectF], widths: Sequence[float], height: float, area: QRectF, rows: int
) -> list[Placed | None]:
    taken: list[QRectF] = []
    made: list[Placed | None] = []
    for box, wide in zip(boxes, widths, strict=True):
        others = [each for each in boxes if each is not box]
        candidates = _places(box, wide, height, area, rows)
        found = _best(box, candidates, area, taken=taken, others=others)
        made.append(found)
        if found is not None:
            taken.append(found.rect.adjusted(-GAP_PX / 2, -GAP_PX / 2, GAP_PX / 2, GAP_PX / 2))
    return made


def _best(
    box: QRectF,
    candidates: Iterator[tuple[QRectF, int]],
    area: QRectF,
    *,
    taken: Sequence[QRectF],
    others: Sequence[QRectF],
) -> Placed | None:
    """Return the nearest free place, rather one that covers no other face; None where none is free."""
    covering: tuple[float, QRectF, int] | None = None
    for place, row in candidates:
        if not area.contains(place) or any(place.intersects(each) for each in taken):
            continue
        covered = sum(_area(place.intersected(each)) for each in others)
        if not covered:
            return Placed(place, _leader(place, box, row))
        if covering is None or covered < covering[0]:
            covering = covered, place, row
    return None if covering is None else Placed(covering[1], _leader(covering[1], box, covering[2]))


def _places(
    box: QRectF, wide: float, height: float, area: QRectF, rows: int
) -> Iterator[tuple[QRectF, int]]:
    """Yield places with the number of their row, nearest first: above, below, inside, then rows further away."""
    last = max(area.right() - wide, area.left())
    lefts = dict.fromkeys(
        min(max(left, area.left()), last)
        for left in (box.left(), box.center().x() - wide / 2, box.right() - wide)
    )
    pitch = height + GAP_PX
    for row in range(rows):
        tops = [box.top() - (row + 1) * pitch, box.bottom() + GAP_PX + row * pitch]
        if row == 0:
            tops.append(box.top() + GAP_PX)
        for top in tops:
            for left in lefts:
                yield QRectF(left, top, wide, height), row


def _leader(place: QRectF, box: QRectF, row: int) -> QLineF | None:
    """Return a line from a label to the nearest edge of its box; none in the rows beside the box."""
    if row == 0:
        return None
    x = min(max(place.center().x(), box.left()), box.right())
    above = place.bottom() <= box.top()
    return QLineF(
        QPointF(min(max(x, place.left()), place.right()), place.bottom() if above else place.top()),
        QPointF(x, box.top() if above else box.bottom()),
    )


def _area(rect: QRectF) -> float:
    return rect.width() * rect.height() if rect.isValid() else 0.0
