"""PersonWindows: what the actions on persons open; windows are made when they are first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMainWindow

from fead_desktop.gui.docks import Docks
from fead_desktop.gui.persons.contact_sheet import ContactSheet
from fead_desktop.gui.persons.gallery import PersonGallery
from fead_desktop.gui.persons.merge_suggestions import MergeSuggestions
from fead_desktop.gui.session import Session

#: Actions of the gallery's own menu, in their order.
GALLERY_MENU = (
    "contact_sheet",
    "rename_person",
    "merge_persons",
    "ignore_person",
    "suggest_split",
    "merge_suggestions",
    "similarity",
    "reset_persons",
)


class PersonWindows(QObject):
    """The contact sheet and the merge suggestions; both stay beside the window, which goes on working."""

    def __init__(
        self,
        window: QMainWindow,
        docks: Docks,
        session: Session,
        gallery: PersonGallery,
        actions: Mapping[str, QAction],
    ):
        super().__init__(window)
        self._window, self._docks, self._session = window, docks, session
        self._gallery, self._actions = gallery, actions
        gallery.list.addActions([actions[name] for name in GALLERY_MENU])
        gallery.list.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        gallery.faces_wanted.connect(self.show_faces)

    @cached_property
    def faces(self) -> ContactSheet:
        """The contact sheet."""
        return ContactSheet(self._session, self._gallery.model, self._actions, self._window)

    def show_faces(self) -> None:
        """Show all faces of the chosen person."""
        self.faces.show()
        self.faces.raise_()
        self.faces.activateWindow()
        self.faces.list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def rename(self) -> None:
        """Let the name of the chosen person be typed on its card."""
        self._docks.bring_forward("persons")
        self._gallery.rename()

    def try_similarity(self) -> None:
        """Show the slider that tells the persons apart anew."""
        self._docks.bring_forward("persons")
        self._gallery.similarity.enter()

    def toggle_faces(self) -> None:
        """Show the faces, or leave them where they are in front."""
        if self.faces.isVisible() and self.faces.isActiveWindow():
            self.faces.reject()
        else:
            self.show_faces()

    def suggest_split(self) -> None:
        """Choose the faces of the chosen person that may be somebody else."""
        person = self._session.person
        if person is not None:
            self.show_faces()
            self._session.person_editing.suggest_split(person)

    def split_chosen(self) -> None:
        """Make a new person of the chosen faces."""
        editing = self._session.person_editing
        editing.split(editing.chosen_faces)

    def move_chosen(self) -> None:
        """Offer the persons that the chosen faces may go to."""
        self.show_faces()
        self.faces.ask_where_to()

    def ask_write_faces(self) -> None:
        """Ask for a folder, and write the faces there, sorted by person."""
        case = self._session.case
        start = "" if case is None else str(case.path.parent)
        name = QFileDialog.getExistingDirectory(self._window, "Write the faces", start)
        if name:
            self._session.person_editing.write_faces(Path(name))

    def show_suggestions(self) -> None:
        """Show pairs of persons that may be one."""
        dialog = self._window.findChild(MergeSuggestions)
        if dialog is None:
            dialog = MergeSuggestions(self._session, self._actions, self._window)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()
        dialog.activateWindow()
