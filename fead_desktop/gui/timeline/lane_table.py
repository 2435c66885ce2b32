"""The lanes by name, and which of them are shown, in which order and how high. Qt-free zone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class LaneKind:
    """A lane that can be shown.

    ``height`` and ``least`` in lines of text; ``each_person`` = one per person; ``short`` is the title where a
    person's name stands beside it.
    """

    id: str
    title: str
    height: float
    least: float
    each_person: bool = False
    shown: bool = True
    short: str = ""


#: In the order in which they are first shown.
LANES: tuple[LaneKind, ...] = (
    LaneKind("events", "Events", 1.5, 1.3),
    LaneKind("score", "Anomaly score", 4.0, 2.2, each_person=True, short="Score"),
    LaneKind("p_value", "p-value of each second", 3.0, 2.2, each_person=True, short="p-value"),
    LaneKind("emotions", "Apparent emotion", 5.2, 2.2, each_person=True, short="Emotion"),
    LaneKind("expression", "Expression", 5.2, 2.2, each_person=True),
    LaneKind("imported_score", "Imported score", 3.0, 2.2, each_person=True, shown=False),
    LaneKind("imported", "Imported measures", 4.2, 2.2, each_person=True, shown=False),
    LaneKind("pose", "Head pose", 4.2, 2.2, each_person=True, shown=False, short="Pose"),
    LaneKind("coverage", "Coverage", 1.5, 1.3, each_person=True),
    LaneKind("shots", "Shots", 1.5, 1.3, shown=False),
    LaneKind("markers", "Markers and ranges", 2.4, 2.2, short="Markers"),
    LaneKind("waveform", "Sound", 2.6, 1.5, shown=False),
)
#: Lanes that are shown once another tool's table was imported, and only for persons who have one.
IMPORTED_LANES = ("imported_score", "imported")
LANES_BY_ID: dict[str, LaneKind] = {lane.id: lane for lane in LANES}

HIGHEST_LINES = 40.0


@dataclass(frozen=True)
class LaneState:
    """A lane as the analyst wants it; ``height`` in lines of text."""

    id: str
    shown: bool
    height: float


@dataclass(frozen=True)
class LaneLayout:
    """All lanes from top to bottom.

    fits : lanes grow and shrink with the panel until the analyst changes a height.
    stacked : every person has lanes of their own while all persons are shown.
    score : "view/detector" of the score lane, empty = the ranking score.
    measures : expression measures, empty = those of the chosen event.
    """

    lanes: tuple[LaneState, ...] = tuple(LaneState(k.id, k.shown, k.height) for k in LANES)
    fits: bool = True
    stacked: bool = False
    score: str = ""
    measures: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[LaneState, ...]:
        """The lanes that are shown, from top to bottom."""
        return tuple(lane for lane in self.lanes if lane.shown)

    def is_shown(self, lane: str) -> bool:
        """Tell whether a lane is shown."""
        return any(each.id == lane for each in self.shown)

    def with_shown(self, lane: str, shown: bool) -> LaneLayout:
        """Show or hide a lane."""
        return self._changed({lane: {"shown": shown}})

    def with_heights(self, heights: Mapping[str, float]) -> LaneLayout:
        """Set heights; from now on they stay as they are."""
        changes = {
            lane: {"height": min(max(height, LANES_BY_ID[lane].least), HIGHEST_LINES)}
            for lane, height in heights.items()
        }
        return replace(self._changed(changes), fits=False)

    def moved(self, lane: str, before: str | None) -> LaneLayout:
        """Put a lane above another; None = to the bottom."""
        if lane == before:
            return self
        state = next(each for each in self.lanes if each.id == lane)
        others = [each for each in self.lanes if each.id != lane]
        place = next((k for k, each in enumerate(others) if each.id == before), len(others))
        return replace(self, lanes=(*others[:place], state, *others[place:]))

    def stepped(self, lane: str, step: int) -> LaneLayout:
        """Move a lane up (-1) or down (+1) among the shown ones."""
        ids = [each.id for each in self.shown]
        if lane not in ids or not 0 <= (to := ids.index(lane) + step) < len(ids):
            return self
        if step < 0:
            return self.moved(lane, ids[to])
        return self.moved(lane, ids[to + 1] if to + 1 < len(ids) else None)

    def _changed(self, changes: Mapping[str, Mapping[str, Any]]) -> LaneLayout:
        return replace(
            self,
            lanes=tuple(replace(lane, **changes.get(lane.id, {})) for lane in self.lanes),
        )

    # As text ------------------------------------------------------------------------------------------

    def to_text(self) -> str:
        """Return the layout for the preferences; empty where nothing was changed."""
        if self == LaneLayout():
            return ""
        values = {
            "lanes": [[each.id, each.shown, round(each.height, 2)] for each in self.lanes],
            "fits": self.fits,
            "stacked": self.stacked,
            "score": self.score,
            "measures": list(self.measures),
        }
        return json.dumps(values)

    @classmethod
    def from_text(cls, text: str) -> LaneLayout:
        """Read :meth:`to_text`; what is damaged or unknown falls back, new lanes come to their usual place."""
        try:
            values = json.loads(text)
            known = [
                LaneState(str(lane), bool(shown), float(height))
                for lane, shown, height in values["lanes"]
                if lane in LANES_BY_ID
            ]
            made = cls(
                lanes=tuple(known),
                fits=bool(values["fits"]),
                stacked=bool(values["stacked"]),
                score=str(values["score"]),
                measures=tuple(str(each) for each in values["measures"]),
            )
        except (ValueError, TypeError, KeyError):
            return cls()
        if len({each.id for each in known}) != len(known):
            return cls()
        for kind, state in zip(LANES, cls().lanes, strict=True):
            if kind.id not in {each.id for each in known}:
                made = replace(made, lanes=(*made.lanes, replace(state, shown=False)))
        return made


def fitted_heights(
    wanted: Mapping[int, float], least: Mapping[int, float], room: float
) -> dict[int, float]:
    """Return heights that fill ``room``: shrunk down to the least ones, or stretched where there is more.

    Lanes whose least height is their usual one (a single line) are not stretched.
    """
    total = sum(wanted.values())
    if total >= room:
        spare = total - sum(least.values())
        share = 0.0 if spare <= 0 else min(max((total - room) / spare, 0.0), 1.0)
        return {k: h - share * (h - least[k]) for k, h in wanted.items()}
    elastic = {k: h for k, h in wanted.items() if h > 1.6 * least[k]}
    grown = sum(elastic.values())
    if not grown:
        return dict(wanted)
    factor = 1 + (room - total) / grown
    return {k: h * factor if k in elastic else h for k, h in wanted.items()}
