"""Docks: the panels around the player, which can be moved, closed and restored, in two layouts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QByteArray, QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QTabBar, QWidget
from shiboken6 import isValid

REVIEW, ANALYSIS = "review", "analysis"
LAYOUTS = (REVIEW, ANALYSIS)

_LEFT, _RIGHT, _BOTTOM = (
    Qt.DockWidgetArea.LeftDockWidgetArea,
    Qt.DockWidgetArea.RightDockWidgetArea,
    Qt.DockWidgetArea.BottomDockWidgetArea,
)
#: Raised when panels come or go: older states would leave the new ones anywhere.
_STATE_VERSION = 4


class Docks(QObject):
    """The panels by name, their layouts, and where each was left.

    Signals: changed() when a panel was shown, closed or brought to the front.
    """

    changed = Signal()

    def __init__(self, window: QMainWindow, panels: Mapping[str, tuple[str, QWidget]]):
        super().__init__(window)
        self._window = window
        self.layout = REVIEW
        self._states: dict[str, str] = {}
        self._away: QByteArray | None = None
        self.by_name: dict[str, QDockWidget] = {}
        for name, (title, panel) in panels.items():
            dock = QDockWidget(title, window)
            dock.setObjectName(f"dock_{name}")
            dock.setAccessibleName(title)
            dock.setWidget(panel)
            dock.visibilityChanged.connect(self._visibility_changed)
            self.by_name[name] = dock
        window.setDockNestingEnabled(True)
        window.setDockOptions(window.dockOptions() | QMainWindow.DockOption.AllowNestedDocks)
        for corner in (Qt.Corner.BottomLeftCorner, Qt.Corner.BottomRightCorner):
            window.setCorner(corner, _BOTTOM)

    # Layouts -----------------------------------------------------------------------------------------

    def remember(self) -> dict[str, str]:
        """Return where the panels are, by layout, in Qt's base64."""
        state = self._window.saveState(_STATE_VERSION) if self._away is None else self._away
        self._states[self.layout] = bytes(state.toBase64().data()).decode()
        return dict(self._states)

    def restore(self, layout: str, states: Mapping[str, str]) -> None:
        """Show a layout as it was left."""
        self._states = dict(states)
        self._show(layout if layout in LAYOUTS else REVIEW)

    def use(self, layout: str) -> None:
        """Change to a layout; the one in use is left as it is."""
        self.remember()
        self._show(layout)

    def reset(self) -> None:
        """Put the panels of this layout back where they were at first."""
        self._states.pop(self.layout, None)
        self._show(self.layout)

    def put_away(self) -> None:
        """Hide all panels; :meth:`bring_back` shows them as they were."""
        self._away = self._window.saveState(_STATE_VERSION)
        for dock in self.by_name.values():
            dock.hide()

    def bring_back(self) -> None:
        """Show the panels as they were, unless another layout was chosen meanwhile."""
        away, self._away = self._away, None
        if away is not None:
            self._window.restoreState(away, _STATE_VERSION)
            self._name_tabs()
            self.changed.emit()

    def _show(self, layout: str) -> None:
        self._away = None
        self.layout = layout
        stored = self._states.get(layout, "")
        state = QByteArray.fromBase64(stored.encode())
        if not stored or not self._window.restoreState(state, _STATE_VERSION):
            self.arrange()
        self._name_tabs()
        self.changed.emit()

    def arrange(self) -> None:
        """Put the panels of the layout in use where they are at first, in sizes that fit the window."""
        window, docks = self._window, self.by_name
        for dock in docks.values():
            dock.setFloating(False)
            window.removeDockWidget(dock)
        if self.layout == REVIEW:
            self._arrange_review()
        else:
            self._arrange_analysis()
        for dock in docks.values():
            # A panel without a place would be shown over the menus, in this session or after the next start.
            if window.dockWidgetArea(dock) == Qt.DockWidgetArea.NoDockWidgetArea:
                window.tabifyDockWidget(docks["events"], dock)
                dock.hide()

    def _arrange_review(self) -> None:
        docks = self.by_name
        self._add(_LEFT, "persons", "analysis", tabbed=True)
        self._add(_RIGHT, "events", "why")
        for behind in ("queue", "recordings"):
            self._window.tabifyDockWidget(docks["why"], docks[behind])
            docks[behind].show()
        docks["why"].raise_()
        self._add(_BOTTOM, "timeline")
        docks["persons"].raise_()
        self._resize(
            {"persons": 0.165, "events": 0.36}, {"timeline": 0.38, "events": 0.31, "why": 0.31}
        )

    def _arrange_analysis(self) -> None:
        self._add(_LEFT, "analysis", "recordings", tabbed=True)
        self.by_name["analysis"].raise_()
        self._add(_RIGHT, "persons", "events", "map", tabbed=True)
        self._add(_BOTTOM, "timeline")
        self.by_name["persons"].raise_()
        self._resize({"analysis": 0.24, "persons": 0.24}, {"timeline": 0.42})

    def _add(self, area: Qt.DockWidgetArea, *names: str, tabbed: bool = False) -> None:
        first = self.by_name[names[0]]
        self._window.addDockWidget(area, first)
        first.show()
        above = first
        for name in names[1:]:
            dock = self.by_name[name]
            if tabbed:
                self._window.tabifyDockWidget(first, dock)
            else:
                self._window.splitDockWidget(above, dock, Qt.Orientation.Vertical)
            dock.show()
            above = dock

    def _resize(self, widths: Mapping[str, float], heights: Mapping[str, float]) -> None:
        for shares, whole, orientation in (
            (widths, self._window.width(), Qt.Orientation.Horizontal),
            (heights, self._window.height(), Qt.Orientation.Vertical),
        ):
            self._window.resizeDocks(
                [self.by_name[name] for name in shares],
                [round(share * whole) for share in shares.values()],
                orientation,
            )

    # Panels ------------------------------------------------------------------------------------------

    def note(self, names: Iterable[str], note: str) -> None:
        """Say something beside the titles of panels; nothing to leave it at the titles."""
        for name in names:
            dock = self.by_name[name]
            title = dock.accessibleName()
            dock.setWindowTitle(f"{title} · {note}" if note else title)

    def is_open(self, name: str) -> bool:
        """True unless the analyst closed the panel; one behind another's tab is open."""
        return not self.by_name[name].isHidden()

    def is_in_front(self, name: str) -> bool:
        """True if the panel can be seen."""
        return not self.by_name[name].visibleRegion().isEmpty()

    def hides(self, widget: QWidget) -> bool:
        """True if a widget is in a panel that another one's tab covers, or is a bar of tabs out of sight."""
        if isinstance(widget, QTabBar):
            return widget.visibleRegion().isEmpty()
        holding = [name for name, dock in self.by_name.items() if dock.isAncestorOf(widget)]
        return any(not self.is_in_front(name) for name in holding)

    def bring_forward(self, name: str, *, focus: bool = False) -> None:
        """Open the panel if it is closed, in front of the others."""
        dock = self.by_name[name]
        dock.show()
        dock.raise_()
        panel = dock.widget()
        if focus and panel is not None:
            inside = [panel, *panel.findChildren(QWidget)]
            takes = [each for each in inside if _takes_focus(each)]
            if takes:
                takes[0].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def toggle(self, name: str) -> None:
        """Show the panel and give it the keys; close it if it is in front."""
        if self.is_in_front(name):
            self.by_name[name].close()
        else:
            self.bring_forward(name, focus=True)

    def toggle_floating(self) -> None:
        """Take the panel that has the focus out of the window, or put it back."""
        focus = QApplication.focusWidget()
        for dock in self.by_name.values():
            if focus is not None and (dock is focus or dock.isAncestorOf(focus)):
                dock.setFloating(not dock.isFloating())
                return
        floating = [dock for dock in self.by_name.values() if dock.isFloating()]
        for dock in floating:
            dock.setFloating(False)

    def _visibility_changed(self, _visible: bool) -> None:
        if not isValid(self._window):  # the panels go after the window
            return
        self._name_tabs()
        self.changed.emit()

    def _name_tabs(self) -> None:
        for bar in self._window.findChildren(
            QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly
        ):
            bar.setAccessibleName("Panels")
            bar.setDocumentMode(True)


def _takes_focus(widget: QWidget) -> bool:
    return (
        bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        and widget.isVisible()
        and widget.isEnabled()
    )
