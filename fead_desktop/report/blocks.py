"""Blocks: what a report is made of, without a format; each writer shows every kind of them."""

from __future__ import annotations

from dataclasses import dataclass

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.report.drawing import Drawing


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True)
class Notice:
    """A sentence that nobody should miss."""

    text: str


@dataclass(frozen=True)
class Subtitle:
    """A heading below the section's own."""

    text: str


@dataclass(frozen=True)
class Bullets:
    """Texts one below the other; ``numbered`` where their order counts."""

    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Link:
    """A text that leads to a section."""

    text: str
    section: str


Cell = str | Link


@dataclass(frozen=True)
class Facts:
    """Names and their values. ``code``: names of values in type of equal width."""

    rows: tuple[tuple[str, str], ...]
    code: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Table:
    """Rows under a head.

    widths : of the columns, in parts of the whole.
    numbers : columns that hold numbers; unbroken : columns whose texts are short and stay on one line.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[int, ...]
    numbers: frozenset[int] = frozenset()
    unbroken: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Bars:
    """Rows of a name, a text and a share from 0 to 1 that is shown as a bar too."""

    caption: str
    head: tuple[str, str, str]
    rows: tuple[tuple[str, str, float], ...]


@dataclass(frozen=True)
class Figure:
    """A drawing under its caption."""

    caption: str
    drawing: Drawing


@dataclass(frozen=True)
class Picture:
    """A JPEG, what it shows in a few words, and in words for who can't see it."""

    jpeg: bytes
    caption: str
    alt: str


@dataclass(frozen=True)
class Pictures:
    """Pictures side by side."""

    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class EventPictures:
    """The pictures of an event, the score around it beside the whole one.

    The pictures are made when they are written, one event at a time.
    """

    event: AnomalyEvent
    person: str
    curve: Figure


Block = (
    Paragraph | Notice | Subtitle | Bullets | Facts | Table | Bars | Figure | Pictures | EventPictures
)  # fmt: skip


@dataclass(frozen=True)
class Section:
    """A heading with its blocks. ``level`` 1 = a chapter, 2 = a part of it; ``id`` is what links lead to."""

    id: str
    level: int
    title: str
    blocks: tuple[Block, ...]
    new_page: bool = False
