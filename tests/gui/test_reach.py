"""The keyboard alone: Tab reaches whatever can be seen and nothing else, and whatever it reaches has a name."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from fead_desktop.gui import theme
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.timeline.marker_dialog import MarkerDialog
from fead_desktop.gui.timeline.measure_dialog import MeasureDialog


@pytest.fixture
def window(qtbot: QtBot, finished_case: Path, tmp_path: Path) -> Iterator[MainWindow]:
    case = Path(shutil.copy(finished_case, tmp_path / "own.fead"))
    made = MainWindow()
    qtbot.addWidget(made)
    made.resize(1366, 768)
    made.show()
    made.activateWindow()
    session = made.session
    with qtbot.waitSignals([session.results_changed, session.frame_shown], timeout=15_000):
        session.open_path(case)
    session.choose_event(1)
    session.select(60, 120)
    QApplication.processEvents()
    yield made
    made.close()


def walk(qtbot: QtBot, window: MainWindow, key: Qt.Key) -> list[QWidget]:
    """Return what a key reaches, until it comes back to where it began."""
    centre = window.centralWidget()
    assert centre is not None
    centre.setFocus(Qt.FocusReason.TabFocusReason)
    reached: list[QWidget] = []
    while (focus := QApplication.focusWidget()) not in reached:
        assert focus is not None
        reached.append(focus)
        assert len(reached) < 100, "the chain has no end"
        qtbot.keyClick(focus, key)
    assert focus is centre, "the chain must close where it began"
    return reached


def can_be_seen(widget: QWidget) -> bool:
    """True if a part of it, or of what covers it from inside, can be seen."""
    if not widget.isVisible():
        return False
    inside = [each for each in widget.children() if isinstance(each, QWidget)]
    return not widget.visibleRegion().isEmpty() or any(can_be_seen(each) for each in inside)


def wants_the_keys(widget: QWidget) -> bool:
    """True for what Tab must reach; the line in a number field and the list of a choice belong to their owner."""
    policy = widget.focusPolicy()
    return (
        bool(policy & Qt.FocusPolicy.TabFocus)
        and widget.isEnabled()
        and can_be_seen(widget)
        and widget.focusProxy() is None
        and not widget.objectName().startswith("qt_spinbox")
    )


def name_of(widget: QWidget) -> str:
    """What a screen reader says first: the name, a button's words, or the label whose buddy it is."""
    words = widget.text() if isinstance(widget, QAbstractButton) else ""
    labels = [
        each.text() for each in widget.window().findChildren(QLabel) if each.buddy() is widget
    ]
    return next((each for each in (widget.accessibleName(), words, *labels) if each.strip()), "")


@pytest.mark.parametrize("layout", ["review", "analysis"])
def test_tab_reaches_everything_that_can_be_seen_and_nothing_else(
    qtbot: QtBot, window: MainWindow, layout: str
) -> None:
    window.docks.use(layout)
    QApplication.processEvents()
    reached = walk(qtbot, window, Qt.Key.Key_Tab)
    assert [(each, each.geometry()) for each in reached if not can_be_seen(each)] == []
    missed = [each for each in window.findChildren(QWidget) if wants_the_keys(each)]
    missed = [each for each in missed if each not in reached]
    assert [(type(each).__name__, name_of(each)) for each in missed] == []
    assert [type(each).__name__ for each in reached if not name_of(each)] == []
    panels = [window.tools, window.player, window.gallery, window.timeline]
    panels.append(window.events if layout == "review" else window.analysis)
    for panel in panels:
        assert any(panel.isAncestorOf(each) for each in reached), panel


def test_shift_tab_goes_the_same_way_back(qtbot: QtBot, window: MainWindow) -> None:
    there = walk(qtbot, window, Qt.Key.Key_Tab)
    back = walk(qtbot, window, Qt.Key.Key_Backtab)
    assert back[1:] == there[:0:-1]


def test_the_panel_behind_a_tab_gets_no_keys_until_it_is_in_front(
    qtbot: QtBot, window: MainWindow
) -> None:
    assert window.docks.is_in_front("persons")
    first = walk(qtbot, window, Qt.Key.Key_Tab)
    assert not any(window.analysis.isAncestorOf(each) for each in first)
    window.docks.bring_forward("analysis")
    qtbot.waitUntil(lambda: window.docks.is_in_front("analysis"))
    second = walk(qtbot, window, Qt.Key.Key_Tab)
    assert any(window.analysis.isAncestorOf(each) for each in second)
    assert not any(window.gallery.isAncestorOf(each) for each in second)


def test_the_lanes_show_that_they_have_the_keys(qtbot: QtBot, window: MainWindow) -> None:
    area = window.timeline.view.area
    corner = lambda: area.viewport().grab().toImage().pixelColor(0, 60).name()  # noqa: E731
    before = corner()
    area.setFocus(Qt.FocusReason.TabFocusReason)
    assert corner() == theme.colours().accent.lower()
    area.clearFocus()
    assert corner() == before
    area.setFocus(Qt.FocusReason.MouseFocusReason)
    assert corner() == before


def test_the_lanes_say_what_they_show(qtbot: QtBot, window: MainWindow) -> None:
    window.session.choose_person(2)
    area = window.timeline.view.area
    qtbot.waitUntil(lambda: "Anomaly score Person 2" in area.accessibleDescription())
    assert "Coverage Person 2" in area.accessibleDescription()


def _marker(window: MainWindow) -> QDialog:
    window.session.editing.add_marker(30, text="here")
    return MarkerDialog(window.session.editing.marks.markers[0], window)


def _measures(window: MainWindow) -> QDialog:
    return MeasureDialog(("jaw_drop",), (), window)


def _opened_by(action: str) -> Callable[[MainWindow], QDialog]:
    def open_it(window: MainWindow) -> QDialog:
        window.actions_by_id[action].trigger()
        return next(each for each in window.findChildren(QDialog) if each.isVisible())

    return open_it


DIALOGS = ("keys", "change_keys", "palette", "about", "export", "purpose", "verify", "reproduce")


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(_marker, id="marker"),
        pytest.param(_measures, id="measures"),
        *(pytest.param(_opened_by(name), id=name) for name in DIALOGS),
    ],
)  # fmt: skip
def test_every_part_of_a_dialog_has_a_name(
    qtbot: QtBot, window: MainWindow, make: Callable[[MainWindow], QDialog]
) -> None:
    dialog = make(window)
    dialog.show()
    QApplication.processEvents()
    parts = [
        each
        for each in dialog.findChildren(QWidget)
        if wants_the_keys(each) and not isinstance(each, QListView | QDialogButtonBox)
    ]
    parts += [each for each in dialog.findChildren(QListView) if each.parent() is dialog]
    assert parts
    assert [type(each).__name__ for each in parts if not name_of(each)] == []
    dialog.close()
