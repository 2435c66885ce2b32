"""MainWindow: puts the panels together; what they show is the session's business."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)

from fead_desktop import APP_NAME
from fead_desktop.errors import CancelledError, FeadError, WorkerDiedError
from fead_desktop.gui import theme
from fead_desktop.gui.analysis.analysis_panel import AnalysisPanel
from fead_desktop.gui.analysis.queue_panel import RecordingsPanel
from fead_desktop.gui.analysis.region_edit import RegionDrawer
from fead_desktop.gui.docks import Docks
from fead_desktop.gui.jobs.open_job import CASE_SUFFIX
from fead_desktop.gui.menus import Menus
from fead_desktop.gui.persons.face_map import FaceMap
from fead_desktop.gui.persons.gallery import PersonGallery
from fead_desktop.gui.persons.person_windows import PersonWindows
from fead_desktop.gui.picture_screen import PictureScreen
from fead_desktop.gui.player.player_panel import PlayerPanel
from fead_desktop.gui.provisional import NOTE
from fead_desktop.gui.review.events_table import EventsTable
from fead_desktop.gui.review.queue_panel import QueuePanel
from fead_desktop.gui.review.why_panel import WhyPanel
from fead_desktop.gui.session import Session
from fead_desktop.gui.status_bar import StatusBar
from fead_desktop.gui.timeline.lane_table import LaneLayout
from fead_desktop.gui.timeline.timeline_panel import TimelinePanel
from fead_desktop.gui.tool_bar import ToolBar
from fead_desktop.gui.widgets import NoticeBar
from fead_desktop.review.verdict import DISPUTED
from fead_desktop.settings import Settings, load_settings, save_settings
from fead_desktop.video.container import RECORDING_SUFFIXES

_VIDEOS = " ".join(f"*{suffix}" for suffix in RECORDING_SUFFIXES)
_FIRST_SIZE = QSize(1360, 768)


class MainWindow(QMainWindow):
    """The player in the middle; persons, analysis, events, reasons and timeline as panels around it."""

    session: Session
    player: PlayerPanel
    gallery: PersonGallery
    persons: PersonWindows
    queue: QueuePanel
    events: EventsTable
    analysis: AnalysisPanel
    recordings: RecordingsPanel
    timeline: TimelinePanel
    docks: Docks
    picture_screen: PictureScreen
    settings: Settings

    def __init__(self, session: Session | None = None, parent: QWidget | None = None):
        super().__init__(parent)
        self.session = session or Session(self)
        self.settings = load_settings()
        self.setAcceptDrops(True)
        self.setWindowIcon(theme.icon("app"))
        self._make_panels()
        self._lay_out()
        self.menus = Menus(self, self.settings.keys)
        self.actions_by_id = self.menus.by_id
        self.persons = PersonWindows(
            self, self.docks, self.session, self.gallery, self.actions_by_id
        )
        self.tools = ToolBar(self.session, self.actions_by_id, self.gallery.model)
        self.person_box = self.tools.person_box
        self.addToolBar(self.tools)
        self.setStatusBar(StatusBar(self.session, self.player))
        self.picture_screen = PictureScreen(self, self.player, self.docks)
        # Several signals in a row need one look only.
        self._refresh_soon = QTimer(self, interval=0, singleShot=True)
        self._refresh_soon.timeout.connect(self.refresh_actions)
        self._connect()
        self._restore()
        self._refresh()

    # What the actions do -----------------------------------------------------------------------------

    def ask_open(self) -> None:
        """Ask for a recording or a case, and open it."""
        kinds = f"Recordings and cases ({_VIDEOS} *{CASE_SUFFIX});;All files (*)"
        name, _ = QFileDialog.getOpenFileName(self, "Open", self.last_folder(), kinds)
        if name:
            self.session.open_path(Path(name))

    def ask_locate(self) -> None:
        """Ask where the recording of the open case is now."""
        kinds = f"Recordings ({_VIDEOS});;All files (*)"
        name, _ = QFileDialog.getOpenFileName(
            self, "Locate the recording", self.last_folder(), kinds
        )
        if name:
            self.session.relocate(Path(name))

    def ask_save_copy(self) -> None:
        """Ask for a name and write a copy of the case there."""
        case = self.session.case
        if case is None:
            return
        start = str(Path(self.last_folder()) / f"{case.path.stem}-copy{CASE_SUFFIX}")
        kinds = f"Cases (*{CASE_SUFFIX})"
        name, _ = QFileDialog.getSaveFileName(self, "Save a copy", start, kinds)
        if name:
            self.session.save_copy(Path(name))

    def analyse(self) -> None:
        """Start the analysis with the settings shown."""
        self.show_analysis()
        self.analysis.start()

    def begin_review(self) -> None:
        """Bring the queue to the front, at the first event without a verdict."""
        self.docks.bring_forward("queue")
        self.session.reviewing.begin()

    def toggle_disputed(self) -> None:
        """List only the events on which reviewers differ and bring the queue to the front, or list all again."""
        filtering = self.session.filtering
        if filtering.wanted.state == DISPUTED:
            filtering.change(state="")
            return
        filtering.change(state=DISPUTED)
        self.docks.bring_forward("queue")
        if self.session.shown_events():
            self.session.choose_event(self.session.shown_events()[0].event)

    def search_events(self) -> None:
        """Give the keys to the search line."""
        self.docks.bring_forward("events")
        self.events.bar.search.setFocus()
        self.events.bar.search.selectAll()

    def write_review(self, field: str) -> None:
        """Give the keys to the note or the tags of the verdict."""
        self.docks.bring_forward("queue")
        self.queue.write(field)

    def draw_region(self) -> None:
        """Let the analyst draw the region of the picture that is searched."""
        self.show_analysis()
        self.region_drawer.start()

    def show_analysis(self) -> None:
        """Bring the settings of the analysis to the front."""
        self.docks.bring_forward("analysis")

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

        self.show_dialog(KeysDialog(self.settings.keys, self))

    def change_keys(self) -> None:
        """Let the analyst choose other keys."""
        from fead_desktop.gui.dialogs.change_keys import ChangeKeysDialog

        dialog = ChangeKeysDialog(self.settings.keys, self)

        def take() -> None:
            self.change_settings(keys=dialog.changes)
            self.menus.set_keys(dialog.changes)

        dialog.accepted.connect(take)
        self.show_dialog(dialog)

    def show_palette(self) -> None:
        """Find an action by a few letters, and do it."""
        from fead_desktop.gui.dialogs.palette import CommandPalette

        palette = CommandPalette(self.actions_by_id, self.settings.keys, self)
        palette.chosen.connect(self._do_by_id, Qt.ConnectionType.QueuedConnection)
        self.show_dialog(palette)

    def show_selftest(self) -> None:
        """Tell what would have been flagged in this recording, had it happened."""
        from fead_desktop.gui.dialogs.selftest import SelftestDialog

        self.show_dialog(SelftestDialog(self.session, self))

    def show_about(self) -> None:
        """Show what the program is and is not."""
        from fead_desktop.gui.dialogs.about import AboutDialog

        self.show_dialog(AboutDialog(self))

    def use_theme(self, choice: str) -> None:
        """Show everything dark, light, in high contrast or as the system is."""
        self.change_settings(theme=choice)
        self._restyle()

    def change_font_scale(self, steps: int) -> None:
        """Make all text larger (> 0), smaller (< 0) or as usual (0)."""
        scales = theme.FONT_SCALES
        now = min(scales, key=lambda each: abs(each - self.settings.font_scale))
        at = min(max(scales.index(now) + steps, 0), len(scales) - 1)
        self.change_settings(font_scale=scales[at] if steps else 1.0)
        self._restyle()

    def _restyle(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.use(app, self.settings.theme, self.settings.font_scale)

    def show_dialog(self, dialog: QDialog) -> None:
        """Show a dialog in front of the window."""
        # Not exec(): the player and the worker go on, and so do the tests.
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _do_by_id(self, action_id: str) -> None:
        self.actions_by_id[action_id].trigger()

    def change_settings(self, **changed: object) -> None:
        """Keep other preferences."""
        self.settings = replace(self.settings, **changed)  # type: ignore[arg-type]
        save_settings(self.settings)

    # From the session --------------------------------------------------------------------------------

    def _opening(self, _path: Path) -> None:
        self.notice.hide()
        self._refresh()

    def _opened(self) -> None:
        session = self.session
        if session.opened_path is not None:
            self.settings = self.settings.with_recent(session.opened_path)
            save_settings(self.settings)
            self.menus.fill_recent(self.settings.recent_files)
        if session.missing:
            self.notice.say(session.missing, "Locate …", self.ask_locate)
        self._bring_side_forward("persons" if session.persons else "analysis")
        self._refresh()

    def _refused(self, sentence: str) -> None:
        self.notice.say(sentence)
        self._refresh()

    def _analysis_ended(self, result: object) -> None:
        if isinstance(result, FeadError):
            self.show_analysis()
            if isinstance(result, WorkerDiedError):
                self.notice.say(str(result), "Go on", self.analyse)
            elif not isinstance(result, CancelledError):
                self.notice.say(str(result))
        elif self.session.persons:
            self._bring_side_forward("persons")
        self._refresh()

    def _note_provisional(self) -> None:
        note = NOTE if self.session.provisional.is_shown else ""
        self.docks.note(("persons", "events", "why", "queue", "timeline"), note)

    def _bring_side_forward(self, name: str) -> None:
        if self.docks.is_open(name):  # what the analyst closed stays closed
            self.docks.bring_forward(name)

    def _overlay_changed(self, on: bool) -> None:
        self.settings = replace(self.settings, show_overlay=on)
        self.refresh_actions()

    def _give_keys_to_player(self) -> None:
        central = self.centralWidget()
        if central is not None:
            central.setFocus()

    def refresh_actions(self) -> None:
        """Let menus and buttons tell what can be done, and which switches are on."""
        self.menus.refresh()

    def _refresh(self) -> None:
        session = self.session
        self.refresh_actions()
        self.tools.show_person(session.person)
        opened = session.opened_path
        self.setWindowTitle(APP_NAME if opened is None else f"{opened.name} — {APP_NAME}")

    # Making ------------------------------------------------------------------------------------------

    def _make_panels(self) -> None:
        session = self.session
        self.notice = NoticeBar()
        self.gallery = PersonGallery(session)
        self.analysis = AnalysisPanel(session)
        self.recordings = RecordingsPanel(session, self.analysis.settings)
        self.player = PlayerPanel(session)
        self.region_drawer = RegionDrawer(self.player.view, session, self)
        self.events = EventsTable(session)
        self.why = WhyPanel(session)
        self.queue = QueuePanel(session)
        self.timeline = TimelinePanel(session)
        self.face_map = FaceMap(session)

    def _lay_out(self) -> None:
        central = QWidget()
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notice)
        column.addWidget(self.player, 1)
        # The first thing to hold the focus: Space then plays rather than works the first button.
        central.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        central.setAccessibleName("Player")
        self.setCentralWidget(central)
        central.setFocus()
        self.docks = Docks(
            self,
            {
                "persons": ("Persons", self.gallery),
                "analysis": ("Analysis", self.analysis),
                "recordings": ("Queue", self.recordings),
                "events": ("Events", self.events),
                "why": ("Why this moment", self.why),
                "queue": ("Review", self.queue),
                "timeline": ("Timeline", self.timeline),
                "map": ("Face map", self.face_map),
            },
        )

    def _connect(self) -> None:
        session = self.session
        session.opening_started.connect(self._opening)
        session.recording_opened.connect(self._opened)
        session.recording_closed.connect(self._refresh)
        session.recording_closed.connect(self.notice.hide)
        session.results_changed.connect(self._refresh)
        session.results_changed.connect(self._note_provisional)
        session.recording_closed.connect(self._note_provisional)
        session.refused.connect(self._refused)
        session.analysis_started.connect(self._refresh)
        session.analysis_started.connect(self.notice.hide)
        for changed in (
            session.event_chosen,
            session.person_chosen,
            session.person_editing.changed,
            session.person_editing.faces_chosen,
            session.editing.changed,
            session.reviewing.changed,
            session.selection_changed,
            self.docks.changed,
        ):
            changed.connect(self._refresh_soon.start)
        session.analysis_ended.connect(self._analysis_ended)
        for panel in (self.queue, self.events.bar):
            panel.typed.connect(self._give_keys_to_player)
        session.filtering.changed.connect(self._refresh_soon.start)
        session.filtering.saved_changed.connect(self._filters_saved)
        self.queue.share_chosen.connect(self._share_chosen)
        self.recordings.queue.saved.connect(self._queue_changed)
        self.player.overlay_changed.connect(self._overlay_changed)
        self.analysis.draw_button.clicked.connect(self.draw_region)
        self.region_drawer.drawn.connect(self.analysis.region.set_region)
        self.menus.recent.triggered.connect(self._open_recent)

    # Files that were open before ---------------------------------------------------------------------

    def _open_recent(self, action: QAction) -> None:
        path = Path(str(action.data()))
        if not path.exists():
            self.settings = self.settings.without_recent(path)
            self.menus.fill_recent(self.settings.recent_files)
        self.session.open_path(path)

    def last_folder(self) -> str:
        """Return where to look for files first."""
        opened = self.session.opened_path
        if opened is not None:
            return str(opened.parent)
        recent = self.settings.recent_files
        return str(Path(recent[0]).parent) if recent else str(Path.home())

    def _restore(self) -> None:
        self.resize(_FIRST_SIZE)
        if self.settings.window:
            self.restoreGeometry(QByteArray.fromBase64(self.settings.window.encode()))
        self.docks.restore(self.settings.layout, self.settings.layouts)
        self.menus.fill_recent(self.settings.recent_files)
        self.player.set_overlay(self.settings.show_overlay)
        self.session.filtering.take_saved(self.settings.filters)
        self.session.reviewing.control_share = min(max(self.settings.control_share, 0.0), 1.0)
        self.queue.refresh()
        self.timeline.set_lane_layout(LaneLayout.from_text(self.settings.timeline))
        self.recordings.queue.restore(self.settings.queue)

    def _filters_saved(self) -> None:
        if self.settings.filters != self.session.filtering.saved:
            self.change_settings(filters=dict(self.session.filtering.saved))

    def _queue_changed(self, text: str) -> None:
        if text != self.settings.queue:
            self.change_settings(queue=text)
        self._refresh_soon.start()

    def _share_chosen(self, share: float) -> None:
        self.session.reviewing.control_share = share
        self.change_settings(control_share=share)

    def _remember(self) -> None:
        self.change_settings(
            window=bytes(self.saveGeometry().toBase64().data()).decode(),
            layout=self.docks.layout,
            layouts=self.docks.remember(),
            timeline=self.timeline.lane_layout.to_text(),
        )

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
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "menus"):
            self.setWindowIcon(theme.icon("app"))
            self.menus.draw_icons()
        super().changeEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and _works_a_button(event):
            event.accept()
            return True
        return super().event(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab passes over panels that lie behind another one's tab: the keys would go where nobody looks."""
        passed: list[QWidget] = []
        while super().focusNextPrevChild(forward):
            reached = QApplication.focusWidget()
            if reached is None or reached in passed or not self.docks.hides(reached):
                return True
            passed.append(reached)
        return False

    def closeEvent(self, event: QCloseEvent) -> None:
        self.picture_screen.leave()
        self._remember()
        self.hide()
        self.player.shutdown()
        self.recordings.queue.shutdown()
        self.session.shutdown()
        super().closeEvent(event)


def _works_a_button(event: QEvent) -> bool:
    """Space belongs to the button or choice that Tab has reached, though it plays elsewhere."""
    return (
        isinstance(event, QKeyEvent)
        and event.key() == Qt.Key.Key_Space
        and isinstance(QApplication.focusWidget(), QAbstractButton | QComboBox)
    )
