"""Lane: a row of the timeline; paints its stretch of time and says what it shows at one moment."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from fead_desktop.gui.theme import Style
from fead_desktop.gui.timeline.lane_table import LaneKind
from fead_desktop.gui.timeline.scale import TimeScale

#: How near a click must be to a thing, in pixels.
NEAR_PX = 5.0


@dataclass(frozen=True)
class Entry:
    """A line in the head of a lane: what it is, its value at the moment, what stands for it."""

    label: str
    value: str = ""
    style: Style | None = None
    filled: bool = False


class Lane(ABC):
    """A row of the timeline. ``who`` names the person it is about, if it is about one."""

    def __init__(self, kind: LaneKind, title: str = "", person: int | None = None, who: str = ""):
        self.kind = kind
        self.title = title or kind.title
        self.person = person
        self.who = who

    @abstractmethod
    def paint(self, painter: QPainter, field: QRectF, scale: TimeScale) -> None:
        """Paint the visible stretch."""

    def entries(self, time_s: float) -> list[Entry]:
        """Return what the head says about a moment."""
        return []

    @property
    def is_bare(self) -> bool:
        """True where it has nothing to show but a line of words."""
        return False

    @property
    def axis(self) -> tuple[str, str] | None:
        """The lowest and the highest value it has room for, in words; None where it has no values."""
        return None

    def tip(self, time_s: float, near_s: float) -> str:
        """Return words on what lies at a moment, or nothing."""
        return ""

    @property
    def taken(self) -> int:
        """How often points were taken from a pyramid; moving the cursor must not raise it."""
        return 0
