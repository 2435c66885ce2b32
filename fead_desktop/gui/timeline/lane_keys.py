"""LaneKeys: what the keys do to the lanes and to the threshold line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fead_desktop.anomalies.threshold import count_at
from fead_desktop.gui.session import Session
from fead_desktop.gui.timeline.curve_lanes import ScoreLane
from fead_desktop.gui.timeline.lane_table import LANES_BY_ID

if TYPE_CHECKING:
    from fead_desktop.gui.timeline.timeline_panel import TimelinePanel

#: Lines of text by which a lane grows.
_STEP_LINES = 1.0


class LaneKeys:
    """Works on the chosen lane, which is marked in its head; the first wish for a lane chooses one."""

    def __init__(self, panel: TimelinePanel, session: Session):
        self._panel = panel
        self._session = session

    @property
    def chosen(self) -> str:
        """The chosen lane, empty where none is or where it is hidden."""
        lane = self._panel.view.area.chosen
        return lane if self._panel.lane_layout.is_shown(lane) else ""

    def choose(self, step: int) -> None:
        """Choose the next lane below (1) or above (-1); round and round."""
        shown = [state.id for state in self._panel.lane_layout.shown]
        if not shown:
            return
        at = shown.index(self.chosen) + step if self.chosen else (0 if step > 0 else -1)
        self._panel.view.area.choose_lane(shown[at % len(shown)])
        self._session.said.emit(f"{LANES_BY_ID[self.chosen].title} is the chosen lane.")

    def move(self, step: int) -> None:
        """Move the chosen lane up (-1) or down (1)."""
        if self._has_chosen():
            layout = self._panel.lane_layout
            self._panel.set_lane_layout(layout.stepped(self.chosen, step))

    def resize(self, steps: int) -> None:
        """Make the chosen lane higher (> 0) or lower."""
        if self._has_chosen():
            lines = self._panel.view.area.lines
            wanted = {**lines, self.chosen: lines.get(self.chosen, 0.0) + steps * _STEP_LINES}
            self._panel.set_lane_layout(self._panel.lane_layout.with_heights(wanted))

    def toggle(self, lane: str) -> None:
        """Show or hide a lane."""
        layout = self._panel.lane_layout
        self._panel.set_lane_layout(layout.with_shown(lane, not layout.is_shown(lane)))

    def toggle_fit(self) -> None:
        """Let the lanes grow and shrink with the panel, or not."""
        layout = self._panel.lane_layout
        self._panel.set_lane_layout(replace(layout, fits=not layout.fits))

    def toggle_stacked(self) -> None:
        """Show every person's lanes below the other's, or one person's."""
        layout = self._panel.lane_layout
        self._panel.set_lane_layout(replace(layout, stacked=not layout.stacked))

    def move_threshold(self, events: int) -> None:
        """Move the threshold line until so many events more (> 0) or fewer reach it."""
        lane = self._score_lane()
        if lane is None or lane.threshold is None or lane.peaks is None or not len(lane.peaks):
            return
        peaks, now = lane.peaks, count_at(lane.peaks, lane.threshold)
        wanted = min(max(now + events, 0), len(peaks))
        while events < 0 < wanted and count_at(peaks, peaks[wanted - 1]) >= now:
            wanted -= 1  # equal scores come and go together
        at = peaks[wanted - 1] if wanted else np.nextafter(peaks[0], np.inf)
        self._panel.set_threshold(float(at))
        self._session.said.emit(f"Threshold {lane.threshold_text}.")

    def usual_threshold(self) -> None:
        """Put the threshold line back to where the flags begin."""
        if self._score_lane() is not None:
            self._panel.set_threshold(None)

    def _score_lane(self) -> ScoreLane | None:
        lanes = [each for each in self._panel.view.area.lanes if isinstance(each, ScoreLane)]
        found = next((each for each in lanes if each.has_threshold), None)
        if found is None:
            self._session.said.emit(
                "Show the anomaly score first; its lane has the threshold line."
            )
        return found

    def _has_chosen(self) -> bool:
        if not self.chosen:
            self.choose(1)
            return False
        return True
