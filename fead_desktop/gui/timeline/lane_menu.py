"""The menu of the lanes: which are shown and in which order, and what each of them shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from fead_desktop.gui.timeline.lane_table import LANES_BY_ID, LaneLayout
from fead_desktop.gui.timeline.lanes import VOTES_TOGETHER

Change = Callable[[LaneLayout], None]


def fill_menu(
    menu: QMenu,
    layout: LaneLayout,
    change: Change,
    *,
    scores: Sequence[str],
    several_persons: bool,
    choose_measures: Callable[[], None],
    lane: str = "",
) -> None:
    """Fill a menu; ``lane`` is the one under the mouse, if there is one."""
    if lane:
        title = LANES_BY_ID[lane].title
        _add(menu, f"Hide {title.lower()}", lambda: change(layout.with_shown(lane, shown=False)))
        _add(menu, "Move up", lambda: change(layout.stepped(lane, -1)))
        _add(menu, "Move down", lambda: change(layout.stepped(lane, 1)))
        menu.addSeparator()
    for state in layout.lanes:
        shown = QAction(LANES_BY_ID[state.id].title, menu)
        shown.setCheckable(True)
        shown.setChecked(state.shown)
        shown.triggered.connect(
            lambda on, name=state.id: change(layout.with_shown(name, shown=bool(on)))
        )
        menu.addAction(shown)
    if not lane:
        _add_order(menu.addMenu("Move up"), layout, change)
    menu.addSeparator()
    _add_scores(menu.addMenu("Score"), layout, change, scores)
    _add(menu, "Expression measures …", choose_measures)
    stacked = QAction("Every person below the other", menu)
    stacked.setCheckable(True)
    stacked.setChecked(layout.stacked)
    stacked.setEnabled(several_persons)
    stacked.triggered.connect(lambda on: change(replace(layout, stacked=bool(on))))
    menu.addAction(stacked)
    fits = QAction("Fit the lanes to the panel", menu)
    fits.setCheckable(True)
    fits.setChecked(layout.fits)
    fits.triggered.connect(lambda on: change(replace(layout, fits=bool(on))))
    menu.addAction(fits)
    menu.addSeparator()
    _add(menu, "Usual lanes", lambda: change(LaneLayout()))


def _add_order(menu: QMenu, layout: LaneLayout, change: Change) -> None:
    for state in layout.shown[1:]:
        _add(menu, LANES_BY_ID[state.id].title, partial(change, layout.stepped(state.id, -1)))


def _add_scores(menu: QMenu, layout: LaneLayout, change: Change, scores: Sequence[str]) -> None:
    group = QActionGroup(menu)
    for name in ("", *scores):
        words = {"": "Ranking score (fusion)", VOTES_TOGETHER: "All that vote in the ranking"}
        action = QAction(words.get(name, name), group)
        action.setCheckable(True)
        action.setChecked(name == layout.score)
        action.triggered.connect(lambda _on, name=name: change(replace(layout, score=name)))
        menu.addAction(action)


def _add(menu: QMenu, words: str, do: Callable[[], None]) -> None:
    action = QAction(words, menu)
    action.triggered.connect(lambda _on: do())
    menu.addAction(action)
