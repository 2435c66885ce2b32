"""MomentPictures: asks for the pictures of the filmstrip and of the baseline twin, and hands them on."""

from __future__ import annotations

from PySide6.QtCore import QObject

from fead_desktop.case.baseline import baseline_frame
from fead_desktop.faces.alignment import eye_line_square
from fead_desktop.gui.jobs.pictures import Still, StillImages
from fead_desktop.gui.player.controller import PlayerController
from fead_desktop.gui.player.filmstrip import AROUND, Filmstrip
from fead_desktop.gui.player.overlay import FaceOverlay
from fead_desktop.gui.player.shuttle import HeldKeys
from fead_desktop.gui.player.twin_pane import TwinPane
from fead_desktop.gui.session import Session

_STRIP, _MOMENT, _USUAL = "strip", "moment", "usual"
_STRIP_PX = 144
#: A face picture is this much larger than the face's box is high.
_ROOM = 1.5
#: Eyes belong to a face whose middle is no further away, in heights of the face.
_EYES_REACH = 0.6


class MomentPictures(QObject):
    """Keeps filmstrip and twin in step with the session."""

    def __init__(
        self, session: Session, controller: PlayerController, strip: Filmstrip, twin: TwinPane
    ) -> None:
        super().__init__(controller)
        self._session = session
        self._controller = controller
        self._strip = strip
        self._twin = twin
        self._overlay: FaceOverlay | None = None
        self._usual_of: tuple[int, int] | None = None
        self._usual: int | None = None
        self._keys = HeldKeys(self)
        self._keys.released.connect(self._key_released)
        controller.stills_ready.connect(self._take)
        strip.frame_clicked.connect(session.request_frame)
        session.event_chosen.connect(self.renew)
        session.person_chosen.connect(self._renew_twin)
        session.frame_shown.connect(self._frame_shown)

    def set_overlay(self, overlay: FaceOverlay) -> None:
        """Take the faces of new results."""
        self._overlay = overlay
        self._usual_of = None
        self.renew()

    def renew(self, _event: object = None) -> None:
        """Ask for all pictures anew."""
        self._renew_strip()
        self._renew_twin()

    def show_twin(self, on: bool) -> None:
        """Show or hide the twin."""
        self._twin.setVisible(on)
        self._renew_twin()

    def flicker(self) -> None:
        """Put the usual picture into the moment's place while the key is held."""
        if self._keys.hold("flicker"):
            self._twin.set_flicker(True)

    def _key_released(self, _name: str) -> None:
        self._twin.set_flicker(False)

    # The filmstrip -----------------------------------------------------------------------------------

    def _renew_strip(self) -> None:
        session, index = self._session, self._session.index
        event = session.event_by_rank(session.chosen_event)
        if index is None or event is None:
            self._strip.set_frames((), 0)
            return
        last = len(index) - 1
        peak = min(event.peak_frame, last)
        frames = range(max(peak - AROUND, 0), min(peak + AROUND, last) + 1)
        stills = [self._aligned(event.person, frame) for frame in frames]
        known = {still.frame for still in stills if still is not None}
        # Where the eyes are not known, one crop for all: what moves between the pictures is the face.
        crop = self._crop(event.person, index.time_of(peak))
        self._strip.set_frames(frames, peak, aligned=known)
        self._controller.ask_stills(
            _STRIP,
            [still or Still(n, crop) for n, still in zip(frames, stills, strict=True)],
            _STRIP_PX,
        )

    def _aligned(self, person: int, frame: int) -> Still | None:
        """Return a person's face as it is aligned for the analysis; None where its eyes are not known."""
        session = self._session
        if self._overlay is None or session.index is None:
            return None
        focus = self._overlay.focus_of(person, session.index.time_of(frame))
        if focus is None:
            return None
        eyes = session.eye_lines.at(frame, focus.x, focus.y, _EYES_REACH * focus.height)
        if eyes is None:
            return None
        x, y, side, turn_deg = eye_line_square(eyes)
        return Still(frame, (x, y, side), turn_deg)

    def _frame_shown(self, frame: int) -> None:
        self._strip.set_current(frame)
        if self._twin.isVisible() and not self._controller.is_playing:
            self._ask_moment()

    # The twin ----------------------------------------------------------------------------------------

    def _person(self) -> int | None:
        session = self._session
        event = session.event_by_rank(session.chosen_event)
        if event is not None:
            return event.person
        if session.person is not None:
            return session.person
        return session.persons[0].person if len(session.persons) == 1 else None

    def _renew_twin(self, _person: object = None) -> None:
        session, index = self._session, self._session.index
        if not self._twin.isVisible() or index is None:
            return
        person = self._person()
        if person is None:
            self._twin.say("Choose an event or a person to compare.")
            return
        event = session.event_by_rank(session.chosen_event)
        frame = session.frame if event is None else event.peak_frame
        if self._usual_of != (person, frame):
            self._usual_of = (person, frame)
            self._usual = baseline_frame(session.table, session.scores(person), person, frame)
        if self._usual is None or self._usual >= len(index):
            self._twin.say("There is no usual frame of this person with a measured head pose.")
            return
        self._ask_moment()
        crop = self._crop(person, index.time_of(self._usual))
        still = Still(self._usual, crop)
        self._controller.ask_stills(_USUAL, [still], self._twin.picture_side())

    def _ask_moment(self) -> None:
        person, index = self._person(), self._session.index
        if person is None or index is None or self._usual is None:
            return
        frame = self._session.frame
        still = Still(frame, self._crop(person, index.time_of(frame)))
        self._controller.ask_stills(_MOMENT, [still], self._twin.picture_side())

    def _crop(self, person: int, time_s: float) -> tuple[float, float, float] | None:
        focus = None if self._overlay is None else self._overlay.focus_of(person, time_s)
        return None if focus is None else (focus.x, focus.y, focus.height * _ROOM)

    def _take(self, tag: str, images: StillImages) -> None:
        if tag == _STRIP:
            if set(images) == set(self._strip.frames):
                self._strip.set_images(dict(images))
        elif tag == _MOMENT:
            for frame, image in images.items():
                self._twin.set_moment(f"frame {frame}", image)
        else:
            for frame, image in images.items():
                self._twin.set_usual(f"usual · frame {frame}", image)
