"""MainWindow: puts the panels together; what they show is the session's business."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import (
    QFileDialog,
    QLabel,
    QMainWindow,
    QMenu,
    QSizePolicy,
    QSplitter,
    QTabWidget,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fead_desktop import APP_NAME
from fead_desktop.errors import FeadError
from fead_desktop.gui import theme
from fead_desktop.gui.action import Action
from fead_desktop.gui.actions import ACTIONS
from fead_desktop.gui.analysis.analysis_panel import AnalysisPanel
from fead_desktop.gui.jobs.open_job import CASE_SUFFIX
from fead_desktop.gui.persons.gallery import PersonGallery
from fead_desktop.gui.player.player_panel import PlayerPanel
from fead_desktop.gui.review.events_table import EventsTable
from fead_desktop.gui.review.why_panel import WhyPanel
from fead_desktop.gui.session import Session
from fead_desktop.gui.status_bar import StatusBar
from fead_desktop.gui.timeline.timeline_panel import TimelinePanel
from fead_desktop.gui.widgets import ElidedComboBox, NoticeBar
from fead_desktop.settings import load_settings, save_settings

_VIDEOS = "*.mp4 *.mov *.mkv *.avi *.webm *.m4v *.mts *.ts *.wmv *.mpg *.mpeg *.gif"
_FIRST_SIZE = QSize(1360, 768)


class MainWindow(QMainWindow):
    """Top bar, persons and analysis left, player in the middle, events right, timeline below."""

    session: Session
    player: PlayerPanel
    analysis: AnalysisPanel
    timeline: TimelinePanel

    def __init__(self, session: Session | None = None, parent: QWidget | None = None):
        super().__init__(parent)
        self.session = session or Session(self)
        self.settings = load_settings()
        self.setAcceptDrops(True)
        self._make_panels()
        self._lay_out()
        self.actions_by_id: dict[str, QAction] = {}
        self._make_actions()
        self._make_tool_bar()
        status = StatusBar(self.session)
        self.player.picture_state_changed.connect(status.show_picture)
        self.setStatusBar(status)
        self._connect()
        self._restore()
        self._refresh()

    # What the actions do -----------------------------------------------------------------------------

    def ask_open(self) -> None:
        """Ask for a recording or a case, and open it."""
        kinds = f"Recordings and cases ({_VIDEOS} *{CASE_SUFFIX});;All files (*)"
        name, _ = QFileDialog.getOpenFileName(self, "Open", self._last_folder(), kinds)
        if name:
            self.session.open_path(Path(name))

    def ask_locate(self) -> None:
        """Ask where the recording of the open case is now."""
        kinds = f"Recordings ({_VIDEOS});;All files (*)"
        name, _ = QFileDialog.getOpenFileName(
            self, "Locate the recording", self._last_folder(), kinds
        )
        if name:
            self.session.relocate(Path(name))

    def ask_save_copy(self) -> None:
        """Ask for a name and write a copy of the case there."""
        case = self.session.case
        if case is None:
            return
        start = str(Path(self._last_folder()) / f"{case.path.stem}-copy{CASE_SUFFIX}")
        kinds = f"Cases (*{CASE_SUFFIX})"
        name, _ = QFileDialog.getSaveFileName(self, "Save a copy", start, kinds)
        if name:
            self.session.save_copy(Path(name))

    def ask_export_csv(self) -> None:
        """Ask for a folder and write the tables there."""
        name = QFileDialog.getExistingDirectory(self, "Export CSV", self._last_folder())
        if name:
            self.session.export_csv(Path(name))

    def analyse(self) -> None:
        """Start the analysis with the settings shown."""
        self.show_analysis()
        self.analysis.start()

    def show_analysis(self) -> None:
        """Bring the settings of the analysis to the front."""
        self.side.setCurrentWidget(self.analysis)

    def move_seconds(self, seconds: float) -> None:
        """Go forward or back from the frame shown."""
        session = self.session
        session.request_frame(session.frame_at(session.time_of(session.frame) + seconds))

    def toggle_full_screen(self) -> None:
        """Fill the screen, or go back."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def show_keys(self) -> None:
        """Show the sheet of keys."""
        from fead_desktop.gui.dialogs.keys import KeysDialog

        KeysDialog(self).exec()

    def show_about(self) -> None:
        """Show what the program is and is not."""
        from fead_desktop.gui.dialogs.about import AboutDialog

        AboutDialog(self).exec()

    # From the session --------------------------------------------------------------------------------

    def _opening(self, _path: Path) -> None:
        self.notice.hide()
        self._refresh()

    def _opened(self) -> None:
        session = self.session
        if session.opened_path is not None:
            self.settings = self.settings.with_recent(session.opened_path)
            save_settings(self.settings)
            self._fill_recent()
        if session.missing:
            self.notice.say(session.missing, "Locate …")
        self.side.setCurrentWidget(self.gallery if session.persons else self.analysis)
        self._refresh()

    def _refused(self, sentence: str) -> None:
        self.notice.say(sentence)
        self._refresh()

    def _analysis_ended(self, result: object) -> None:
        if isinstance(result, FeadError):
            self.show_analysis()
        elif self.session.persons:
            self.side.setCurrentWidget(self.gallery)
        self._refresh()

    def _person_chosen(self, person: int | None) -> None:
        self.person_box.setCurrentIndex(self.gallery.model.row_of(person))

    def _person_box_activated(self, row: int) -> None:
        self.session.choose_person(self.gallery.model.person_at(row))

    def _overlay_changed(self, on: bool) -> None:
        self.settings = replace(self.settings, show_overlay=on)
        self.refresh_actions()

    def refresh_actions(self) -> None:
        """Let menus and buttons tell what can be done, and which switches are on."""
        for action in ACTIONS:
            made = self.actions_by_id[action.id]
            made.setEnabled(action.enabled(self.session))
            if action.checked is not None:
                made.setChecked(action.checked(self))

    def _refresh(self) -> None:
        session = self.session
        self.refresh_actions()
        self.person_box.setEnabled(bool(session.persons))
        self._person_chosen(session.person)
        opened = session.opened_path
        self.setWindowTitle(APP_NAME if opened is None else f"{opened.name} — {APP_NAME}")

    # Making ------------------------------------------------------------------------------------------

    def _make_panels(self) -> None:
        session = self.session
        self.notice = NoticeBar()
        self.gallery = PersonGallery(session)
        self.analysis = AnalysisPanel(session)
        self.player = PlayerPanel(session)
        self.events = EventsTable(session)
        self.why = WhyPanel(session)
        self.timeline = TimelinePanel(session)

    def _lay_out(self) -> None:
        self.side = QTabWidget()
        self.side.setDocumentMode(True)
        self.side.addTab(self.gallery, "Persons")
        self.side.addTab(self.analysis, "Analysis")
        review = QSplitter(Qt.Orientation.Vertical)
        review.addWidget(_titled("Events", self.events))
        review.addWidget(_titled("Why this moment", self.why))
        review.setStretchFactor(0, 3)
        review.setStretchFactor(1, 2)
        review.setSizes([250, 220])
        self.columns = QSplitter(Qt.Orientation.Horizontal)
        self.columns.setChildrenCollapsible(False)
        for panel in (self.side, self.player, review):
            self.columns.addWidget(panel)
        self.columns.setStretchFactor(1, 1)
        self.columns.setSizes([224, 636, 500])
        self.rows = QSplitter(Qt.Orientation.Vertical)
        self.rows.addWidget(self.columns)
        self.rows.addWidget(self.timeline)
        self.rows.setStretchFactor(0, 3)
        self.rows.setStretchFactor(1, 1)
        self.rows.setSizes([470, 220])
        self.rows.setChildrenCollapsible(False)
        central = QWidget()
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notice)
        column.addWidget(self.rows, 1)
        self.setCentralWidget(central)

    def _make_actions(self) -> None:
        menus: dict[str, QMenu] = {}
        for action in ACTIONS:
            menu = self._menu(menus, action.menu)
            made = QAction(action.title, self)
            made.setShortcuts([QKeySequence(key) for key in action.keys])
            made.setCheckable(action.checked is not None)
            if action.tip:
                made.setToolTip(action.tip)
                made.setStatusTip(action.tip)
            made.setData(action.id)
            made.triggered.connect(self._do_action)
            if action.section and not menu.isEmpty():
                menu.addSeparator()
            menu.addAction(made)
            self.addAction(made)  # so that keys work while the menu bar is hidden
            self.actions_by_id[action.id] = made
            if action.id == "open":
                self.recent = menu.addMenu("Open &recent")
        self.recent.triggered.connect(self._open_recent)
        self._fill_recent()
        self._draw_icons()

    def _menu(self, made: dict[str, QMenu], path: str) -> QMenu:
        if path not in made:
            above, _, title = path.rpartition("/")
            made[path] = (self._menu(made, above) if above else self.menuBar()).addMenu(title)
        return made[path]

    def _do_action(self) -> None:
        sender = self.sender()
        if isinstance(sender, QAction):
            _BY_ID[sender.data()].do(self)
            self.refresh_actions()

    def _make_tool_bar(self) -> None:
        bar = QToolBar("Tools")
        bar.setObjectName("tools")
        bar.setMovable(False)
        bar.setFloatable(False)
        bar.setIconSize(QSize(20, 20))
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.person_box = ElidedComboBox()
        self.person_box.setModel(self.gallery.model)
        self.person_box.setIconSize(QSize(20, 20))
        self.person_box.setFixedWidth(26 * theme.UNIT)
        self.person_box.setPlaceholderText("no persons yet")
        self.person_box.setAccessibleName("Person")
        self.person_box.setToolTip("Whose events and curves are shown")
        self.person_box.activated.connect(self._person_box_activated)
        by_id = self.actions_by_id
        bar.addActions([by_id["open"], by_id["analyse"], by_id["cancel"]])
        bar.addWidget(_spring())
        bar.addAction(by_id["previous_event"])
        bar.addWidget(self.person_box)
        bar.addAction(by_id["next_event"])
        bar.addWidget(_spring())
        bar.addActions([by_id["save_copy"], by_id["export_csv"]])
        for name in ("previous_event", "next_event"):
            button = bar.widgetForAction(by_id[name])
            if isinstance(button, QToolButton):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.addToolBar(bar)

    def _draw_icons(self) -> None:
        self.setWindowIcon(theme.icon("app"))
        for action in ACTIONS:
            if action.icon:
                self.actions_by_id[action.id].setIcon(theme.icon(action.icon))

    def _connect(self) -> None:
        session = self.session
        session.opening_started.connect(self._opening)
        session.recording_opened.connect(self._opened)
        session.recording_closed.connect(self._refresh)
        session.results_changed.connect(self._refresh)
        session.person_chosen.connect(self._person_chosen)
        session.refused.connect(self._refused)
        session.analysis_started.connect(self._refresh)
        session.analysis_ended.connect(self._analysis_ended)
        self.player.overlay_changed.connect(self._overlay_changed)
        self.notice.accepted.connect(self.ask_locate)

    # Files that were open before ---------------------------------------------------------------------

    def _fill_recent(self) -> None:
        self.recent.clear()
        for name in self.settings.recent_files:
            shown = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, 480)
            action = self.recent.addAction(shown.replace("&", "&&"))
            action.setData(name)
        self.recent.setEnabled(bool(self.settings.recent_files))

    def _open_recent(self, action: QAction) -> None:
        path = Path(str(action.data()))
        if not path.exists():
            self.settings = self.settings.without_recent(path)
            self._fill_recent()
        self.session.open_path(path)

    def _last_folder(self) -> str:
        opened = self.session.opened_path
        if opened is not None:
            return str(opened.parent)
        recent = self.settings.recent_files
        return str(Path(recent[0]).parent) if recent else str(Path.home())

    def _restore(self) -> None:
        self.resize(_FIRST_SIZE)
        for restore, stored in (
            (self.restoreGeometry, self.settings.window),
            (self.columns.restoreState, self.settings.columns),
            (self.rows.restoreState, self.settings.rows),
        ):
            if stored:
                restore(QByteArray.fromBase64(stored.encode()))
        self.player.set_overlay(self.settings.show_overlay)

    def _remember(self) -> None:
        self.settings = replace(
            self.settings,
            window=_as_text(self.saveGeometry()),
            columns=_as_text(self.columns.saveState()),
            rows=_as_text(self.rows.saveState()),
        )
        save_settings(self.settings)

    # Qt ----------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.session.open_path(Path(paths[0]))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and self.actions_by_id:
            self._draw_icons()
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._remember()
        self.hide()
        self.player.shutdown()
        self.session.shutdown()
        super().closeEvent(event)


_BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}


def _as_text(state: QByteArray) -> str:
    return bytes(state.toBase64().data()).decode()


def _spring() -> QWidget:
    spring = QWidget()
    spring.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return spring


def _titled(title: str, panel: QWidget) -> QWidget:
    whole = QWidget()
    label = QLabel(title)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    label.setContentsMargins(theme.UNIT + 4, theme.UNIT, theme.UNIT, theme.UNIT - 2)
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(label)
    column.addWidget(panel, 1)
    return whole
