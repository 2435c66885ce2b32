"""TimelinePanel: the timeline of the open case; click to seek, drag to pan, wheel to zoom, Shift-drag to select."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

from PySide6.QtCore import QEvent, QPoint, QTimer
from PySide6.QtWidgets import QDialog, QMenu, QStackedLayout, QWidget

from fead_desktop.case.edits import Marker, RangeKind
from fead_desktop.gui.jobs.job import Job
from fead_desktop.gui.session import Session
from fead_desktop.gui.timeline.content import Content
from fead_desktop.gui.timeline.lane_keys import LaneKeys
from fead_desktop.gui.timeline.lane_menu import fill_menu
from fead_desktop.gui.timeline.lane_table import IMPORTED_LANES, LaneLayout
from fead_desktop.gui.timeline.mark_lanes import MarkersLane
from fead_desktop.gui.timeline.marker_dialog import MarkerDialog
from fead_desktop.gui.timeline.measure_dialog import MeasureDialog
from fead_desktop.gui.timeline.pyramid import Pyramid
from fead_desktop.gui.timeline.view import TimelineView
from fead_desktop.gui.timeline.waveform import WaveformJob
from fead_desktop.gui.widgets import EmptyState
from fead_desktop.review.moments import Edge

#: Shares of an event that are shown on its both sides.
_EVENT_MARGIN = 1.5
#: After the other panels were painted: with them it would hold the window up for too long.
_AFTER_OTHERS_MS = 20
_RANGE_KINDS: tuple[RangeKind, ...] = get_args(RangeKind)


class TimelinePanel(QWidget):
    """Lanes over time, with the events as bands and the shown frame as cursor."""

    def __init__(self, session: Session, parent: QWidget | None = None):
        super().__init__(parent)
        self._session = session
        self._content = Content(session)
        self._view: TimelineView | None = None
        self._waveform: WaveformJob | None = None
        self._threshold: float | None = None
        self.lane_layout = LaneLayout()
        self.lane_keys = LaneKeys(self, session)
        self._refresh_soon = QTimer(self, interval=_AFTER_OTHERS_MS, singleShot=True)
        self._refresh_soon.timeout.connect(self._refresh)
        self._empty = EmptyState()
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(self._empty)
        session.recording_opened.connect(self._opened)
        session.recording_closed.connect(self._closed)
        session.results_changed.connect(self._results_changed)
        session.person_chosen.connect(self._refresh_soon.start)
        session.event_chosen.connect(self._event_chosen)
        session.editing.changed.connect(self._marks_changed)
        session.importing.imported.connect(self._imported)
        session.reviewing.hiding_changed.connect(self._marks_changed)
        session.filtering.changed.connect(self._marks_changed)
        session.selection_changed.connect(self._selection_changed)
        session.frame_shown.connect(self._frame_shown)
        session.sound_chosen.connect(self._sound_chosen)
        self._refresh()

    @property
    def view(self) -> TimelineView:
        """The lanes; made when they are first needed, so that the window opens sooner."""
        if self._view is None:
            self._view = self._make_view()
        return self._view

    @property
    def is_current(self) -> bool:
        """False while new results wait for their turn to be shown."""
        return not self._refresh_soon.isActive()

    def _make_view(self) -> TimelineView:
        view = TimelineView()
        view.sought.connect(self._seek)
        area = view.area
        area.selecting.connect(self._selecting)
        area.event_picked.connect(self._session.choose_event)
        area.border_dragged.connect(self._border_dragged)
        area.marker_picked.connect(self.edit_marker)
        area.threshold_moved.connect(self.set_threshold)
        area.heights_wanted.connect(self._heights_wanted)
        area.move_wanted.connect(self._move_wanted)
        area.menu_wanted.connect(self._menu_wanted)
        view.bar.wanted.connect(self._selection_wanted)
        view.menu.aboutToShow.connect(self._fill_lanes_menu)
        self._stack.addWidget(view)
        return view

    # What the actions do -----------------------------------------------------------------------------

    def show_all(self) -> None:
        """Zoom out to the whole recording."""
        self.view.show_all()

    def zoom(self, steps: int) -> None:
        """Zoom in (> 0) or out."""
        self.view.zoom(steps)

    def zoom_to_event(self) -> None:
        """Zoom to the chosen event."""
        event = self._session.event_by_rank(self._session.chosen_event)
        if event is not None:
            middle = (event.onset_s + event.offset_s) / 2
            half = max((event.offset_s - event.onset_s) / 2, 0.1)
            self.view.zoom_to(middle - half, middle + half, _EVENT_MARGIN)

    def zoom_to_selection(self) -> None:
        """Zoom to the selected stretch."""
        selected = self._selected_s()
        if selected is not None:
            self.view.zoom_to(*selected, 0.05)

    def add_marker(self) -> None:
        """Mark the selected stretch, else the shown frame."""
        session = self._session
        if session.selection is None:
            session.editing.add_marker(session.frame)
        else:
            session.editing.add_marker(*session.selection)
            session.deselect()

    def edit_marker(self, number: int | None = None) -> None:
        """Ask for text and colour of a marker; None = the one at the shown frame, or the nearest before it."""
        marker = (
            self.marker_here() if number is None else self._session.editing.marks.marker(number)
        )
        if marker is None:
            self._session.said.emit("There is no marker yet; M adds one at the shown frame.")
            return
        dialog = MarkerDialog(marker, self)
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        dialog.deleteLater()
        if not accepted:
            return
        if dialog.remove:
            self._session.editing.remove_marker(marker.marker)
        else:
            self._session.editing.edit_marker(
                marker.marker, text=dialog.text.text(), colour=dialog.colour.currentText()
            )

    def add_range(self, kind: RangeKind) -> None:
        """Mark the selected stretch as baseline or excluded, for the chosen person or everybody."""
        session = self._session
        if session.selection is None:
            session.said.emit("Select a stretch first: drag over the lanes with Shift.")
            return
        session.editing.add_range(kind, *session.selection, session.person)
        session.deselect()
        if session.persons:
            session.said.emit(self._what_a_range_does(kind))

    def _what_a_range_does(self, kind: RangeKind) -> str:
        # Brings the detectors with it, which a window that opens does not need.
        from fead_desktop.pipeline.flagging import LEAST_BASELINE_S

        session = self._session
        ranges = session.editing.marks.ranges_of(session.person)
        marked_s = sum(each.end_s - each.start_s for each in ranges if each.kind == kind)
        if kind == "baseline" and marked_s < LEAST_BASELINE_S:
            return (
                f"{marked_s:.0f} s are marked as baseline of {self._whom()}; the scores take no notice of less than "
                f"{LEAST_BASELINE_S:.0f} s."
            )
        return "Analyse again to let the scores take notice; the faces are not searched anew."

    def select_stretch(self, first: int | None, last: int | None) -> None:
        """Select from one frame to another, None = from the beginning or to the end; without both, the event."""
        session = self._session
        event = session.event_by_rank(session.chosen_event)
        if first is None and last is None:
            if event is None:
                session.said.emit(
                    "Set in and out with I and O, or choose an event; then select it."
                )
                return
            first, last = event.onset_frame, event.offset_frame
        end = session.frame_at(session.duration_s)
        session.select(first or 0, end if last is None else last)

    def choose_measures(self) -> None:
        """Ask which expression measures are shown."""
        persons = self._content.persons(self.lane_layout)
        shown = self._content.measures(persons[0], self.lane_layout) if persons else ()
        dialog = MeasureDialog(self.lane_layout.measures, shown, self)
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        dialog.deleteLater()
        if accepted:
            self.set_lane_layout(replace(self.lane_layout, measures=dialog.measures))

    def marker_here(self) -> Marker | None:
        """Return the marker at the shown frame, else the nearest one before it, else the first."""
        session = self._session
        markers = session.editing.marks.markers
        at = [m for m in markers if m.start_frame <= session.frame <= m.end_frame]
        before = [m for m in markers if m.start_frame <= session.frame]
        found = at or before or list(markers[:1])
        return found[-1] if found else None

    def set_lane_layout(self, layout: LaneLayout) -> None:
        """Show, hide, arrange and resize lanes."""
        self.lane_layout = layout
        self._show_lanes()

    # From the session --------------------------------------------------------------------------------

    def _opened(self) -> None:
        self._content.sound = None
        self._content.sound_words = "Reading the sound …"
        self._content.forget()
        self._refresh()

    def _closed(self) -> None:
        self._content.forget()
        self._refresh()

    def _results_changed(self) -> None:
        self._content.forget()
        self._refresh_soon.start()

    def _refresh(self) -> None:
        session = self._session
        self._refresh_soon.stop()
        self._threshold = self._content.threshold()
        if session.recording is None and session.case is None:
            self._give_up_sound()
            self.view.set_duration(0)  # the next recording is shown from end to end
            self._empty.say("", "The timeline appears with a recording.")
            self._stack.setCurrentWidget(self._empty)
            return
        self.view.set_duration(session.duration_s)
        self._show_lanes()
        self._selection_changed()
        self.view.set_cursor(session.time_of(session.frame))
        self._stack.setCurrentWidget(self.view)

    def _imported(self) -> None:
        self._content.forget()
        layout = self.lane_layout
        for lane in IMPORTED_LANES:  # who imports a table wants to see it
            layout = layout.with_shown(lane, shown=True)
        self.set_lane_layout(layout)

    def _show_lanes(self, *_: object) -> None:
        if self._view is None or not self.is_current:
            return
        session = self._session
        view = self._view
        view.area.words = "" if session.persons else _why_few(session)
        view.show_lanes(self._content.lanes(self.lane_layout), self.lane_layout)
        view.show_events(session.shown_events(), session.chosen_event)
        view.show_marks(session.editing.marks, session.editing.marks.ranges_of(session.person))
        view.set_threshold(self._threshold)
        if self.lane_layout.is_shown("waveform"):
            self._read_sound()

    def _event_chosen(self, _event: object) -> None:
        self._show_lanes()
        chosen = self._session.event_by_rank(self._session.chosen_event)
        if chosen is not None and self._view is not None:
            self._view.show_time(chosen.onset_s, chosen.offset_s)

    def _marks_changed(self) -> None:
        if self._session.recording is not None or self._session.case is not None:
            self._show_lanes()

    def _frame_shown(self, frame: int) -> None:
        if self._view is not None:
            self._view.set_cursor(self._session.time_of(frame))

    def _selection_changed(self) -> None:
        if self._view is not None:
            self._view.set_selection(self._selected_s(), self._whom(), done=True)

    # From the view -----------------------------------------------------------------------------------

    def _seek(self, time_s: float, preview: bool) -> None:
        self._session.request_frame(self._session.frame_at(time_s), preview)

    def _selecting(self, start_s: float, stop_s: float, done: bool) -> None:
        session = self._session
        first, last = sorted((start_s, stop_s))
        frames = session.frame_at(first), session.frame_at(last)
        if not done:
            self.view.set_selection((first, last), self._whom(), done=False)
        elif frames[0] == frames[1]:
            session.deselect()
            self._selection_changed()
        else:
            session.select(*frames)
            self._selection_changed()

    def _selection_wanted(self, choice: str) -> None:
        session = self._session
        if choice in _RANGE_KINDS:
            self.add_range(next(kind for kind in _RANGE_KINDS if kind == choice))
        elif choice == "zoom":
            self.zoom_to_selection()
        else:
            do: dict[str, Callable[[], None]] = {
                "marker": self.add_marker,
                "event": session.adjusting.add,
                "loop": session.loop_selection,
                "deselect": session.deselect,
            }
            do[choice]()

    def _border_dragged(self, edge: Edge, time_s: float, done: bool) -> None:
        session = self._session
        event = session.event_by_rank(session.chosen_event)
        if event is None:
            return
        # A border stops at the next one.
        least = {"onset": 0, "peak": event.onset_frame, "offset": event.peak_frame}[edge]
        most = {"onset": event.peak_frame, "peak": event.offset_frame}.get(edge, 1 << 62)
        frame = min(max(session.frame_at(time_s), least), most)
        self.view.area.set_dragged(None if done else (edge, session.time_of(frame)))
        if done:
            session.adjusting.put_edge(edge, frame)
        session.request_frame(frame, preview=not done)

    def set_threshold(self, threshold: float | None) -> None:
        """Move the threshold line; None = to where the flags begin."""
        self._threshold = self._content.threshold() if threshold is None else threshold
        self.view.set_threshold(self._threshold)

    def _heights_wanted(self, heights: dict[str, float]) -> None:
        self.set_lane_layout(self.lane_layout.with_heights(heights))

    def _move_wanted(self, lane: str, before: str) -> None:
        self.set_lane_layout(self.lane_layout.moved(lane, before or None))

    def _fill_lanes_menu(self) -> None:
        self.view.menu.clear()
        self._fill(self.view.menu)

    def _menu_wanted(self, lane: str, time_s: float, place: QPoint) -> None:
        menu = self.context_menu(lane, time_s)
        menu.popup(place)

    def context_menu(self, lane: str, time_s: float) -> QMenu:
        """Return what can be done at a place: with the marker or range there, and with the lanes."""
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        shown = next((each for each in self.view.area.lanes if isinstance(each, MarkersLane)), None)
        if shown is not None and lane == "markers":
            self._add_marks(menu, shown, time_s)
        self._fill(menu, lane)
        return menu

    def _add_marks(self, menu: QMenu, shown: MarkersLane, time_s: float) -> None:
        session = self._session
        near_s = 5 / self.view.area.field_width * self.view.scale.span_s
        marker = shown.marker_at(time_s, near_s)
        if marker is not None:
            number = marker.marker
            menu.addAction("Edit marker …").triggered.connect(lambda: self.edit_marker(number))
            menu.addAction("Remove marker").triggered.connect(
                lambda: session.editing.remove_marker(number)
            )
        found = shown.range_at(time_s)
        if found is not None:
            name, frames = found.range, (found.start_frame, found.end_frame)
            menu.addAction(f"Remove {found.kind} range").triggered.connect(
                lambda: session.editing.remove_range(name)
            )
            menu.addAction("Select this range").triggered.connect(lambda: session.select(*frames))
        if not menu.isEmpty():
            menu.addSeparator()

    def _fill(self, menu: QMenu, lane: str = "") -> None:
        fill_menu(
            menu,
            self.lane_layout,
            self.set_lane_layout,
            scores=self._content.score_names(),
            several_persons=len(self._session.persons) > 1,
            choose_measures=self.choose_measures,
            lane=lane,
        )

    # Sound -------------------------------------------------------------------------------------------

    def _read_sound(self) -> None:
        session = self._session
        if self._waveform is not None or self._content.sound is not None:
            return
        if session.recording is None or session.index is None:
            self._content.sound_words = "The recording is not there."
            return
        index = session.index
        first_pts_s = float(index.pts[0] * index.time_base)
        self._waveform = WaveformJob(
            session.recording, first_pts_s, session, stream_number=session.sound_stream
        )
        self._waveform.ended.connect(self._sound_read)
        session.run_job(self._waveform)

    def _give_up_sound(self) -> None:
        if self._waveform is not None:
            self._waveform.cancel()
        self._waveform = None
        self._content.sound = None

    def _sound_chosen(self, _stream: int) -> None:
        self._give_up_sound()
        self._content.sound_words = "Reading the sound …"
        self._show_lanes()

    def _sound_read(self, job: Job, result: object) -> None:
        if job is not self._waveform:
            return
        self._waveform = None
        words = "The recording has no sound." if result is None else "The sound can't be read."
        self._content.sound_words = words
        if isinstance(result, Pyramid):
            self._content.sound = result
        elif result is None:
            self._content.sound = None
        if self._view is not None and isinstance(result, Pyramid):
            self._show_lanes()
        elif self._view is not None:
            self._view.show_lanes(self._content.lanes(self.lane_layout), self.lane_layout)
            self._view.set_threshold(self._threshold)

    # Inside ------------------------------------------------------------------------------------------

    def _selected_s(self) -> tuple[float, float] | None:
        session = self._session
        if session.selection is None:
            return None
        first, last = session.selection
        return session.time_of(first), session.time_of(last)

    def _whom(self) -> str:
        person = self._session.person
        return "everybody" if person is None else self._session.name_of(person)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and self._view is not None:
            self._view.area.stale()
        super().changeEvent(event)


def _why_few(session: Session) -> str:
    if session.case is not None and session.case.has_results:
        return "No face was assigned to a person in this recording."
    return "Scores, emotions and expression appear here once the recording was analysed."
