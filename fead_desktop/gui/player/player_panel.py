"""PlayerPanel: picture and transport; what the session asks for is shown, and what is shown is told to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fead_desktop.errors import UsageError
from fead_desktop.gui import theme
from fead_desktop.gui.jobs.frame_reader import ReadFrame
from fead_desktop.gui.player.controller import RATES, PlayerController
from fead_desktop.gui.player.filmstrip import Filmstrip
from fead_desktop.gui.player.go_to import parse_place
from fead_desktop.gui.player.mesh_overlay import MeshOverlay
from fead_desktop.gui.player.moment import MomentPictures
from fead_desktop.gui.player.overlay import FaceOverlay, OverlayBox
from fead_desktop.gui.player.overlay_painter import OverlaySwitches
from fead_desktop.gui.player.picture_adjust import PictureAdjust
from fead_desktop.gui.player.picture_box import PictureBox
from fead_desktop.gui.player.play_range import PlayRange
from fead_desktop.gui.player.range_keeper import RangeKeeper
from fead_desktop.gui.player.seek_bar import EventMark
from fead_desktop.gui.player.shuttle import Direction, Shuttle
from fead_desktop.gui.player.snapshots import Snapshots
from fead_desktop.gui.player.transport import Transport
from fead_desktop.gui.player.twin_pane import TwinPane
from fead_desktop.gui.player.video_view import VideoView
from fead_desktop.gui.player.viewport import Focus, Viewport
from fead_desktop.gui.session import Session

_NOTHING_OPEN = "Open a recording or a case, or drop one here."


class PlayerPanel(QWidget):
    """Plays the session's recording, exact to the frame.

    Every wish for a frame goes through the session, also those of the panel's own bar; a frame counts as
    shown only after it was painted.

    Signals: playing_changed(playing); overlay_changed(on); picture_state_changed(words) when the view is
    enlarged, follows a face or shows other levels than the recording's.
    """

    playing_changed = Signal(bool)
    overlay_changed = Signal(bool)
    picture_state_changed = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("player_panel")
        self._session = session
        self._overlay = FaceOverlay(session.table, {})
        self._overlay_on = True
        self._alone = False
        self.view = VideoView(self)
        self._below = QWidget(self)
        self.transport = Transport(self)
        self.controller = PlayerController(self)
        self.filmstrip = Filmstrip(self)
        self.twin = TwinPane(self)
        self._moment = MomentPictures(session, self.controller, self.filmstrip, self.twin)
        self.shuttle = Shuttle(self)
        self._mesh = MeshOverlay(self.controller, self.view)
        self.range = RangeKeeper(session, self.controller, self.transport)
        self._switches = OverlaySwitches()
        self._adjust = PictureAdjust()
        self.picture_box = PictureBox(self)
        self.snapshots = Snapshots(session, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)
        column.addWidget(self.twin, 1)
        column.addWidget(self._below)
        below = QVBoxLayout(self._below)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(0)
        below.addWidget(self.filmstrip)
        below.addWidget(self.transport)
        self._connect_session()
        self._connect_parts()
        self._open()

    def _connect_session(self) -> None:
        session = self._session
        session.opening_started.connect(self._opening)
        session.recording_opened.connect(self._open)
        session.recording_closed.connect(self._close)
        session.results_changed.connect(self._take_results)
        session.person_chosen.connect(self._mark_events)
        session.person_chosen.connect(self._renew_boxes)
        session.event_chosen.connect(self._event_chosen)
        session.events_changed.connect(self._events_changed)
        session.filtering.changed.connect(self._mark_events)
        session.reviewing.event_expected.connect(self.controller.expect)
        session.frame_requested.connect(self._go_to)
        session.sound_chosen.connect(self.controller.use_audio_stream)

    def _connect_parts(self) -> None:
        controller, transport = self.controller, self.transport
        controller.frame_ready.connect(self._show_frame)
        controller.playing_changed.connect(self._playing_changed)
        controller.rate_changed.connect(transport.set_rate)
        controller.sound_found.connect(self._sound_found)
        controller.failed.connect(self._fail)
        controller.meshes_failed.connect(self._no_mesh)
        # Queued: what follows a new frame must not run inside the painting of it.
        self.view.painted.connect(self._frame_painted, Qt.ConnectionType.QueuedConnection)
        self.view.shows_changed.connect(self._renew_mesh, Qt.ConnectionType.QueuedConnection)
        self.view.size_changed.connect(self._resize_pictures)
        self.view.viewport_changed.connect(self._tell_picture)
        self.picture_box.switches_changed.connect(self.set_switches)
        self.picture_box.adjust_changed.connect(self.set_adjust)
        transport.picture_clicked.connect(self.open_picture_box)
        transport.play_toggled.connect(self.toggle_play)
        transport.step_requested.connect(self.step)
        transport.preview_requested.connect(self._preview_time)
        transport.seek_requested.connect(self._seek_time)
        transport.place_entered.connect(self.go_to)
        transport.go_to.left.connect(self._place_left)
        self.shuttle.play_wanted.connect(controller.play)
        self.shuttle.stop_wanted.connect(controller.pause)
        self.shuttle.step_wanted.connect(self.step)
        transport.rate_chosen.connect(controller.set_rate)
        transport.overlay_toggled.connect(self.set_overlay)
        transport.volume_chosen.connect(controller.sound.set_volume)
        transport.muted.connect(controller.sound.set_muted)

    # Commands ----------------------------------------------------------------------------------------

    def toggle_play(self) -> None:
        """Play or pause."""
        self.controller.toggle_play()

    def step(self, frames: int) -> None:
        """Pause, and go some frames on (> 0) or back (< 0)."""
        self.controller.step(frames)

    def set_rate(self, rate: float) -> None:
        """Play at ``rate`` seconds of the recording per second."""
        self.controller.set_rate(rate)

    def change_rate(self, places: int) -> None:
        """Play at the next faster (> 0) or slower rate."""
        rate = abs(self.controller.rate)
        nearest = min(range(len(RATES)), key=lambda k: abs(RATES[k] - rate))
        self.controller.set_rate(RATES[min(max(nearest + places, 0), len(RATES) - 1)])

    def press_shuttle(self, direction: Direction) -> None:
        """J (-1) or L (1): play that way, faster each time; slowly while K is held."""
        self.shuttle.press(direction)

    def stop_shuttle(self) -> None:
        """K: stop."""
        self.shuttle.stop()

    def ask_place(self) -> None:
        """Let the analyst type where to go."""
        self._below.show()
        self.transport.ask_place()

    def go_to(self, text: str) -> None:
        """Go to a frame number, a timecode, or +n or -n frames."""
        session = self._session
        if session.index is None:
            return
        try:
            frame = parse_place(text, session.index, self.controller.target)
        except UsageError as error:
            self.transport.go_to.refuse(str(error))
            session.said.emit(str(error))
            return
        session.said.emit("")  # why the text before was no place
        self.transport.go_to.leave()
        session.request_frame(frame)

    def _place_left(self) -> None:
        self._below.setVisible(not self._alone)

    @property
    def play_range(self) -> PlayRange:
        """In, out, and what play goes through."""
        return self.range.now

    def choose_streams(self) -> None:
        """Let the analyst choose among the recording's streams."""
        from fead_desktop.gui.dialogs.streams import StreamsDialog

        session = self._session
        if session.index is None:
            return
        shown, heard = session.index.stream, session.sound_stream
        dialog = StreamsDialog(session.streams, shown, heard, self)
        dialog.audio_chosen.connect(session.use_sound_stream)
        dialog.video_chosen.connect(session.use_video_stream)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def set_overlay(self, on: bool) -> None:
        """Show or hide the face boxes."""
        if on == self._overlay_on:
            return
        self._overlay_on = on
        self.transport.set_overlay(on=on)
        self._renew_boxes()
        self.overlay_changed.emit(on)

    @property
    def is_playing(self) -> bool:
        """True between play and pause."""
        return self.controller.is_playing

    @property
    def overlay_on(self) -> bool:
        """True while the face boxes are shown."""
        return self._overlay_on

    def shutdown(self) -> None:
        """Stop timers, sound and decoder, and wait for their threads; the window calls it when it closes."""
        self.controller.close()

    # The picture -------------------------------------------------------------------------------------

    def show_alone(self, *, on: bool) -> None:
        """Show the picture without anything around it, or with all again."""
        self._alone = on
        self._below.setVisible(not on)

    def fit_picture(self) -> None:
        """Show the whole picture."""
        self.view.set_viewport(Viewport())

    def show_actual_size(self) -> None:
        """Show one pixel of the recording on one of the screen."""
        self.view.show_actual_size()

    def zoom(self, factor: float) -> None:
        """Enlarge (> 1) or shrink about the middle."""
        self.view.zoom(factor)

    def toggle_follow(self) -> None:
        """Keep the chosen person's face in the middle, or show all again."""
        if self.follows_face:
            self.fit_picture()
        elif self._followed() is None:
            self._session.said.emit("Choose a person first; then the view can follow the face.")
        else:
            self.view.set_viewport(Viewport("follow"))
            self._renew_boxes()

    @property
    def follows_face(self) -> bool:
        """True while the view follows a face."""
        return self.view.viewport.mode == "follow"

    def set_switches(self, switches: OverlaySwitches) -> None:
        """Choose what is painted over the picture, and let it be seen."""
        self.set_overlay(True)
        self._switches = switches
        self._overlay.with_measures = switches.measures
        self._mesh.set_on(on=switches.mesh)
        self.picture_box.show_switches(switches)
        self.view.set_switches(switches)
        self._renew_boxes()

    def toggle_switch(self, name: str) -> None:
        """Turn one of the things over the picture on or off; while all are hidden, on."""
        on = not (self._overlay_on and getattr(self._switches, name))
        self.set_switches(replace(self._switches, **{name: on}))

    @property
    def switches(self) -> OverlaySwitches:
        """What is painted over the picture."""
        return self._switches

    def set_adjust(self, adjust: PictureAdjust) -> None:
        """Show the picture lighter, darker or with more contrast; the recording stays as it is."""
        self._adjust = adjust
        self.picture_box.show_adjust(adjust)
        self.view.set_adjust(adjust)
        self._tell_picture()

    def open_picture_box(self) -> None:
        """Open the switches and levels."""
        self.picture_box.open_above(self.transport.picture_button)

    @property
    def picture_state(self) -> str:
        """What is not as recorded about the picture, in words; empty where nothing is."""
        words = []
        viewport = self.view.viewport
        if viewport.mode == "follow":
            words.append("follows the face")
        elif viewport.mode == "free":
            words.append(f"{self.view.scale:.0%}")
        if not self._adjust.is_neutral:
            words.append("view adjusted")
        return " · ".join(words)

    def toggle_twin(self) -> None:
        """Show the face beside the same person's usual one, or the whole picture again."""
        on = not self.shows_twin
        self.view.setVisible(not on)
        self._moment.show_twin(on)

    @property
    def shows_twin(self) -> bool:
        """True while the baseline twin is shown."""
        return not self.twin.isHidden()

    def flicker(self) -> None:
        """Show the usual face in the moment's place while the key is held."""
        self._moment.flicker()

    def take_snapshot(self) -> None:
        """Write the shown frame as a PNG."""
        if self.view.shown is not None:
            self.snapshots.take(self.view.shown.frame)

    def _tell_picture(self) -> None:
        self.picture_state_changed.emit(self.picture_state)

    def _followed(self) -> int | None:
        """Return whose face is followed: the chosen person's, the chosen event's, or the only one there is."""
        session = self._session
        if session.person is not None:
            return session.person
        event = session.event_by_rank(session.chosen_event)
        if event is not None:
            return event.person
        return session.persons[0].person if len(session.persons) == 1 else None

    def _focus_at(self, frame: ReadFrame) -> Focus | None:
        person = self._followed() if self.follows_face else None
        return None if person is None else self._overlay.focus_of(person, frame.time_s)

    # The session -------------------------------------------------------------------------------------

    def _opening(self, path: Path) -> None:
        if self._session.index is None:
            self.view.set_message(f"Opening {path.name} …")

    def _open(self) -> None:
        session = self._session
        self._close()
        self._take_results()
        if session.recording is None or session.index is None:
            self.view.set_message(session.missing or _NOTHING_OPEN)
            return
        index = session.index
        self.range.now = PlayRange()
        self.view.set_recording_size(index.width, index.height)
        last = len(index) - 1
        self.transport.set_recording(index.time_of(last), len(index), index.source_timecode(last))
        size = self.view.wanted_size()
        self.controller.open(session.recording, index, size, session.sound_stream)
        self._moment.renew()
        self._mark_events()

    def _close(self) -> None:
        self.controller.close()
        self.transport.clear()
        self.view.set_message(_NOTHING_OPEN)
        self.filmstrip.set_frames((), 0)

    def _take_results(self) -> None:
        names = {each.person: each.name for each in self._session.persons}
        self._overlay = FaceOverlay(self._session.table, names)
        self._overlay.with_measures = self._switches.measures
        self._moment.set_overlay(self._overlay)
        self._mark_events()
        self._renew_boxes()

    def _event_chosen(self, event: int | None) -> None:
        if event is not None and self.play_range.mode != "event":
            self.controller.pause()
        self._mark_events()
        self.range.show()

    def _events_changed(self) -> None:
        self._mark_events()
        self.range.show()
        self._moment.renew()

    def _mark_events(self, _person: object = None) -> None:
        session = self._session
        self.transport.set_marks(
            [
                EventMark(
                    each.onset_s,
                    each.peak_s,
                    each.offset_s,
                    theme.person_colour(each.person),
                    chosen=each.event == session.chosen_event,
                )
                for each in session.shown_events()
            ]
        )

    def _go_to(self, frame: int, preview: bool) -> None:
        self.controller.seek(frame, preview=preview)

    # The parts ---------------------------------------------------------------------------------------

    def _preview_time(self, time_s: float) -> None:
        self._session.request_frame(self._session.frame_at(time_s), preview=True)

    def _seek_time(self, time_s: float) -> None:
        self._session.request_frame(self._session.frame_at(time_s))

    def _show_frame(self, frame: ReadFrame) -> None:
        self.view.show_frame(frame, self._boxes_of(frame), self._focus_at(frame))

    def _frame_painted(self, frame: int, _shows: str) -> None:
        index = self._session.index
        if index is None or frame >= len(index):
            return
        self.transport.set_frame(frame, index.time_of(frame), index.source_timecode(frame))
        self._session.frame_was_shown(frame)
        self._mesh.renew()

    def _renew_mesh(self, _shows: str) -> None:
        self._mesh.renew()

    def _boxes_of(self, frame: ReadFrame) -> tuple[OverlayBox, ...]:
        if not self._overlay_on:
            return ()
        moving = self.controller.is_playing
        return self._overlay.boxes_at(frame.frame, frame.time_s, moving=moving)

    def _renew_boxes(self, _person: object = None) -> None:
        if self.view.shown is not None:
            shown = self.view.shown
            self.view.set_boxes(self._boxes_of(shown), self._focus_at(shown))
            self._mesh.renew()

    def _resize_pictures(self) -> None:
        self.controller.resize(self.view.wanted_size())

    def _playing_changed(self, playing: bool) -> None:
        if not playing:
            self.shuttle.forget()
        self.transport.set_playing(playing=playing)
        self._renew_boxes()
        self.playing_changed.emit(playing)

    def _sound_found(self, has_sound: bool) -> None:
        self.transport.set_has_sound(has_sound=has_sound)

    def _no_mesh(self, sentence: str) -> None:
        self.set_switches(replace(self._switches, mesh=False))
        self._session.refused.emit(sentence)

    def _fail(self, sentence: str) -> None:
        self.view.set_message(sentence)
        self._session.refused.emit(sentence)
