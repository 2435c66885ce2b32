"""What a pressed mouse button does in the lanes, from press to release."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QPointF

#: Less than this is a click, not a drag.
CLICK_PX = 4.0


class Gesture(Protocol):
    """Told of every movement while the button is down, and of its release."""

    def moved(self, at: QPointF) -> None:
        """The mouse is here now."""

    def released(self, at: QPointF) -> None:
        """The button was let go here."""


class Pan:
    """Dragging moves the view; without a drag it was a click."""

    def __init__(
        self, start: QPointF, pan: Callable[[float], None], click: Callable[[QPointF], None] | None
    ):
        self._start, self._last = start, start
        self._pan, self._click = pan, click
        self._drags = False

    def moved(self, at: QPointF) -> None:
        if not self._drags and (at - self._start).manhattanLength() < CLICK_PX:
            return
        self._drags = True
        self._pan(self._last.x() - at.x())
        self._last = at

    def released(self, at: QPointF) -> None:
        if not self._drags and self._click is not None:
            self._click(at)


class Follow:
    """Tells of each place the mouse comes to; ``last`` is True on release."""

    def __init__(self, tell: Callable[[QPointF, bool], None]):
        self._tell = tell

    def moved(self, at: QPointF) -> None:
        self._tell(at, False)  # noqa: FBT003

    def released(self, at: QPointF) -> None:
        self._tell(at, True)  # noqa: FBT003


class Drag:
    """Tells of each place the mouse comes to, ``last`` True on release; without a drag it was a click."""

    def __init__(
        self,
        start: QPointF,
        tell: Callable[[QPointF, bool], None],
        click: Callable[[QPointF], None],
    ):
        self._start = start
        self._tell, self._click = tell, click
        self._drags = False

    def moved(self, at: QPointF) -> None:
        self._drags = self._drags or (at - self._start).manhattanLength() >= CLICK_PX
        if self._drags:
            self._tell(at, False)  # noqa: FBT003

    def released(self, at: QPointF) -> None:
        if self._drags:
            self._tell(at, True)  # noqa: FBT003
        else:
            self._click(at)


class Slide:
    """Tells of each height the mouse comes to; without a drag it was a click."""

    def __init__(
        self, start: QPointF, tell: Callable[[float], None], click: Callable[[QPointF], None]
    ):
        self._start = start
        self._tell, self._click = tell, click
        self._drags = False

    def moved(self, at: QPointF) -> None:
        self._drags = self._drags or (at - self._start).manhattanLength() >= CLICK_PX
        if self._drags:
            self._tell(at.y())

    def released(self, at: QPointF) -> None:
        if not self._drags:
            self._click(at)
