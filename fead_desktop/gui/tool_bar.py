"""ToolBar: what is needed most, across the top of the window."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSizePolicy, QToolBar, QToolButton, QWidget

from fead_desktop.gui import theme
from fead_desktop.gui.persons.person_model import PersonModel
from fead_desktop.gui.session import Session
from fead_desktop.gui.widgets import ElidedComboBox


class ToolBar(QToolBar):
    """Open, analyse; the events of the chosen person; copies and exports."""

    def __init__(
        self,
        session: Session,
        actions: Mapping[str, QAction],
        persons: PersonModel,
        parent: QWidget | None = None,
    ):
        super().__init__("Tools", parent)
        self._session, self._persons = session, persons
        self.setObjectName("tools")
        self.setMovable(False)
        self.setFloatable(False)
        self.setIconSize(QSize(20, 20))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.person_box = self._make_person_box()
        self.addActions([actions["open"], actions["analyse"], actions["cancel"]])
        self.addWidget(_spring())
        self.addAction(actions["previous_event"])
        self.addWidget(self.person_box)
        self.addAction(actions["next_event"])
        self.addWidget(_spring())
        self.addActions([actions["save_copy"], actions["export"]])
        for name, action in actions.items():
            button = self.widgetForAction(action)
            if isinstance(button, QToolButton):
                button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
                button.setAccessibleName(action.text().replace("&", "").rstrip("… "))
                if name in {"previous_event", "next_event"}:
                    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        session.person_chosen.connect(self.show_person)

    def show_person(self, person: int | None) -> None:
        """Show whose events are listed."""
        self.person_box.setEnabled(bool(self._session.persons))
        self.person_box.setCurrentIndex(self._persons.row_of(person))

    def _make_person_box(self) -> ElidedComboBox:
        box = ElidedComboBox()
        box.setModel(self._persons)
        box.setIconSize(QSize(20, 20))
        box.setFixedWidth(26 * theme.UNIT)
        box.setPlaceholderText("no persons yet")
        box.setAccessibleName("Person")
        box.setToolTip("Whose events and curves are shown")
        box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        box.activated.connect(self._activated)
        return box

    def _activated(self, row: int) -> None:
        self._session.choose_person(self._persons.person_at(row))


def _spring() -> QWidget:
    spring = QWidget()
    spring.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return spring
