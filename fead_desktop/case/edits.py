"""What the analyst adds to a case, and every edit of it as a pure value with its inverse. Qt-free zone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from fead_desktop.errors import UsageError
from fead_desktop.persons.assignment import PersonStep
from fead_desktop.review.controls import Control
from fead_desktop.review.moments import Adjustment, HandEvent
from fead_desktop.review.verdict import REASONS, Moment, Verdict

#: Colours of markers by name; what a name looks like is the window's business.
MARKER_COLOURS = ("yellow", "orange", "red", "green", "blue", "purple", "grey")
RangeKind = Literal["baseline", "excluded"]
RANGE_KINDS: tuple[RangeKind, ...] = ("baseline", "excluded")

LONGEST_TEXT = 2000


@dataclass(frozen=True)
class Marker:
    """A point (start = end) or a stretch that the analyst wants to find again.

    Times are seconds relative to the first frame, frame numbers those of the frame index; the end belongs
    to the marker.
    """

    marker: int
    start_s: float
    end_s: float
    start_frame: int
    end_frame: int
    colour: str = MARKER_COLOURS[0]
    text: str = ""

    @property
    def is_point(self) -> bool:
        """True where it has no length."""
        return self.start_frame == self.end_frame


@dataclass(frozen=True)
class Range:
    """A stretch that counts as usual behaviour ("baseline"), or that is left out ("excluded").

    ``person`` is None where it holds for everybody.
    """

    range: int
    kind: RangeKind
    person: int | None
    start_s: float
    end_s: float
    start_frame: int
    end_frame: int


@dataclass(frozen=True)
class Vocabulary:
    """The reasons that a verdict may name, one a line; a case without one has the usual reasons."""

    vocabulary: int
    words: str


Item = Marker | Range | Verdict | Vocabulary | Adjustment | HandEvent | Control | PersonStep
#: The items by the name of their kind.
KINDS: dict[str, type[Item]] = {
    "marker": Marker,
    "range": Range,
    "verdict": Verdict,
    "vocabulary": Vocabulary,
    "adjustment": Adjustment,
    "hand_event": HandEvent,
    "control": Control,
    "person_step": PersonStep,
}


@dataclass(frozen=True)
class Marks:
    """All markers and ranges of a case by time, its verdicts as they were given, and its own vocabulary.

    ``adjustments`` and ``hand_events`` change the events, ``controls`` are mixed into a reviewer's queue,
    ``person_steps`` say who is who.
    """

    markers: tuple[Marker, ...] = ()
    ranges: tuple[Range, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    vocabulary: Vocabulary | None = None
    adjustments: tuple[Adjustment, ...] = ()
    hand_events: tuple[HandEvent, ...] = ()
    controls: tuple[Control, ...] = ()
    person_steps: tuple[PersonStep, ...] = ()

    @classmethod
    def of(cls, items: Iterable[Item]) -> Marks:
        """Sort items by kind and time."""
        found = sorted(items, key=_place)
        return cls(
            tuple(item for item in found if isinstance(item, Marker)),
            tuple(item for item in found if isinstance(item, Range)),
            tuple(item for item in found if isinstance(item, Verdict)),
            next((item for item in found if isinstance(item, Vocabulary)), None),
            tuple(item for item in found if isinstance(item, Adjustment)),
            tuple(item for item in found if isinstance(item, HandEvent)),
            tuple(item for item in found if isinstance(item, Control)),
            tuple(item for item in found if isinstance(item, PersonStep)),
        )

    @property
    def items(self) -> tuple[Item, ...]:
        """Everything."""
        words = () if self.vocabulary is None else (self.vocabulary,)
        events = (*self.adjustments, *self.hand_events, *self.controls)
        said = (*self.markers, *self.ranges, *self.verdicts, *words)
        return (*said, *events, *self.person_steps)

    @property
    def reasons(self) -> tuple[str, ...]:
        """What a verdict may name as its reason."""
        return REASONS if self.vocabulary is None else tuple(self.vocabulary.words.splitlines())

    def judged_moments(self) -> set[Moment]:
        """Return the moments of the analysis' events that reviewers said anything of."""
        said = {each.moment for each in self.verdicts} | {each.moment for each in self.adjustments}
        added = {each.moment for each in self.hand_events}
        return said - added - {each.moment for each in self.controls}

    def marker(self, number: int) -> Marker:
        """Return a marker by number."""
        found = next((each for each in self.markers if each.marker == number), None)
        if found is None:
            raise UsageError(f"There is no marker {number} in this case.")
        return found

    def range(self, number: int) -> Range:
        """Return a range by number."""
        found = next((each for each in self.ranges if each.range == number), None)
        if found is None:
            raise UsageError(f"There is no range {number} in this case.")
        return found

    def ranges_of(self, person: int | None) -> tuple[Range, ...]:
        """Return the ranges that hold for a person; None = all ranges."""
        return tuple(
            each
            for each in self.ranges
            if person is None or each.person is None or each.person == person
        )


@dataclass(frozen=True)
class Change:
    """One item before and after; ``before`` None = it is new, ``after`` None = it goes."""

    before: Item | None
    after: Item | None

    @property
    def kind(self) -> str:
        """Name of the item's kind."""
        return kind_of(self._item)

    @property
    def number(self) -> int:
        """Number of the item."""
        return number_of(self._item)

    @property
    def _item(self) -> Item:
        item = self.after if self.before is None else self.before
        if item is None:
            raise ValueError("a change needs an item before or after it")
        return item

    def inverse(self) -> Change:
        """Return the change that takes this one back."""
        return Change(self.after, self.before)


@dataclass(frozen=True)
class Edit:
    """What the analyst did in one step; ``title`` as a menu would say it, for example ``add marker``."""

    title: str
    changes: tuple[Change, ...]

    def inverse(self) -> Edit:
        """Return the edit that takes this one back."""
        return Edit(self.title, tuple(change.inverse() for change in reversed(self.changes)))


def apply(marks: Marks, edit: Edit) -> Marks:
    """Return the marks after an edit.

    Raises
    ------
    UsageError
        When an item is not what the edit found when it was made.
    """
    items = {(kind_of(item), number_of(item)): item for item in marks.items}
    for change in edit.changes:
        key = (change.kind, change.number)
        if items.get(key) != change.before:
            what = change.kind.replace("_", " ")
            raise UsageError(f"The {what} {change.number} has changed meanwhile; try again.")
        if change.after is None:
            del items[key]
        else:
            items[key] = change.after
    return Marks.of(items.values())


# The edits ----------------------------------------------------------------------------------------------


def add_marker(marks: Marks, marker: Marker) -> Edit:
    """Return the edit that adds a marker; its number is given here."""
    number = 1 + max((each.marker for each in marks.markers), default=0)
    return Edit("add marker", (Change(None, _checked_marker(replace(marker, marker=number))),))


def edit_marker(marks: Marks, number: int, **changes: Any) -> Edit | None:
    """Return the edit that changes fields of a marker; None where nothing would change."""
    before = marks.marker(number)
    after = _checked_marker(replace(before, **changes))
    return None if after == before else Edit("edit marker", (Change(before, after),))


def remove_marker(marks: Marks, number: int) -> Edit:
    """Return the edit that removes a marker."""
    return Edit("remove marker", (Change(marks.marker(number), None),))


def add_range(marks: Marks, new: Range) -> Edit:
    """Return the edit that adds a range; ranges of the same kind and person that it touches become part of it."""
    if new.kind not in RANGE_KINDS:
        raise UsageError(
            f"There is no kind of range '{new.kind}'; choose from {', '.join(RANGE_KINDS)}."
        )
    _check_order(new.start_s, new.end_s, new.start_frame, new.end_frame)
    if new.start_frame == new.end_frame:
        raise UsageError("A range needs more than one frame; drag over a stretch of the recording.")
    joined = [
        each
        for each in marks.ranges
        if (each.kind, each.person) == (new.kind, new.person)
        and each.start_frame <= new.end_frame + 1
        and new.start_frame <= each.end_frame + 1
    ]
    parts = [new, *joined]
    first = min(parts, key=lambda each: each.start_frame)
    last = max(parts, key=lambda each: each.end_frame)
    whole = replace(
        new,
        range=1 + max((each.range for each in marks.ranges), default=0),
        start_s=first.start_s,
        start_frame=first.start_frame,
        end_s=last.end_s,
        end_frame=last.end_frame,
    )
    changes = (*(Change(each, None) for each in joined), Change(None, whole))
    return Edit(f"add {new.kind} range", changes)


def remove_range(marks: Marks, number: int) -> Edit:
    """Return the edit that removes a range."""
    before = marks.range(number)
    return Edit(f"remove {before.kind} range", (Change(before, None),))


def add_verdict(marks: Marks, verdict: Verdict) -> Edit:
    """Return the edit that adds a verdict, numbered here; a reason in new words becomes part of the vocabulary."""
    number = 1 + max((each.verdict for each in marks.verdicts), default=0)
    new = replace(verdict, verdict=number).checked()
    words: tuple[Change, ...] = ()
    if new.reason and new.reason not in marks.reasons:
        words = set_reasons(marks, (*marks.reasons, new.reason)).changes
    return Edit(f"verdict {new.answer}", (Change(None, new), *words))


def set_reasons(marks: Marks, words: Iterable[str]) -> Edit:
    """Return the edit that makes these the reasons to choose from; verdicts keep the words they were given."""
    kept = dict.fromkeys(" ".join(word.split()) for word in words if word.strip())
    if not kept:
        raise UsageError("The list of reasons needs at least one.")
    return Edit("change reasons", (Change(marks.vocabulary, Vocabulary(1, "\n".join(kept))),))


# As plain values ----------------------------------------------------------------------------------------


def kind_of(item: Item) -> str:
    """Return the name of an item's kind."""
    return next(name for name, kind in KINDS.items() if isinstance(item, kind))


def number_of(item: Item) -> int:
    """Return the number of an item within its kind."""
    return int(getattr(item, number_field(type(item))))


def number_field(kind: type[Item]) -> str:
    """Return the field that holds the number of such items: the first one that is their own."""
    return next(iter(kind.__annotations__))


def changes_to_values(edit: Edit) -> list[dict[str, Any]]:
    """Return the changes of an edit as values for JSON."""
    return [
        {
            "kind": change.kind,
            "before": None if change.before is None else asdict(change.before),
            "after": None if change.after is None else asdict(change.after),
        }
        for change in edit.changes
    ]


def edit_from_values(title: str, values: Iterable[dict[str, Any]]) -> Edit:
    """Read what :func:`changes_to_values` gave."""
    return Edit(
        title,
        tuple(
            Change(*(_item(each["kind"], each[side]) for side in ("before", "after")))
            for each in values
        ),
    )


def _place(item: Item) -> tuple[float, float, int]:
    times = (item.start_s, item.end_s) if isinstance(item, Marker | Range) else (0.0, 0.0)
    return (*times, number_of(item))


def _item(kind: str, values: dict[str, Any] | None) -> Item | None:
    return None if values is None else KINDS[kind](**values)


def _checked_marker(marker: Marker) -> Marker:
    _check_order(marker.start_s, marker.end_s, marker.start_frame, marker.end_frame)
    if marker.colour not in MARKER_COLOURS:
        raise UsageError(
            f"There is no marker colour '{marker.colour}'; choose from {', '.join(MARKER_COLOURS)}."
        )
    text = marker.text.strip()
    if len(text) > LONGEST_TEXT:
        raise UsageError(f"The text of a marker can have at most {LONGEST_TEXT} characters.")
    return replace(marker, text=text)


def _check_order(start_s: float, end_s: float, start_frame: int, end_frame: int) -> None:
    if not (0 <= start_frame <= end_frame and 0 <= start_s <= end_s):
        raise UsageError("A stretch must begin in the recording and can't end before it begins.")
