"""FrameReader: the thread that decodes for the player; the latest request wins."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, QThread, Signal
from PySide6.QtGui import QImage

from fead_desktop.errors import FeadError
from fead_desktop.gui.jobs.mesh_maker import MeshFace, MeshMaker
from fead_desktop.gui.jobs.pictures import PictureCache, Still, StillImages, still_image, to_image
from fead_desktop.gui.jobs.programme import Programme, ProgrammeWalk
from fead_desktop.logs import logger

if TYPE_CHECKING:
    from fead_desktop.faces.face import Picture
    from fead_desktop.video.decoder import Decoder
    from fead_desktop.video.frame_index import FrameIndex

#: Frames decoded ahead during play.
AHEAD = 8
#: The same when playing backwards: they last while a group of pictures is decoded for the frames before them.
AHEAD_BACKWARDS = 32
_QUEUE_BYTES = 96 << 20
#: Frames decoded between two looks for a newer request.
_STRIDE = 16
#: Pictures behind the shown one that are made ready while nothing is asked for.
_BEHIND = 24
_DECODER_BYTES = 160 << 20
_PICTURES_BYTES = 96 << 20
#: A preview may decode the exact frame where that takes no longer than this.
_PREVIEW_S = 0.06
#: Pictures a second that are shown at most; a screen shows no more.
_MOST_PICTURES = 75.0
#: Frames that are only passed by are converted to this size, which costs next to nothing.
_PASSED_BY = (16, 16)

Kind = Literal["exact", "preview", "play"]

#: What a shown picture is: the very frame, a near one in its place, or one of a play that leaves frames out.
Shows = Literal["exact", "preview", "decimated"]


@dataclass(frozen=True)
class Request:
    """What the player wants to see; ``size`` is the picture's in pixels of the screen."""

    serial: int
    kind: Kind
    frame: int
    size: tuple[int, int]
    rate: float = 1.0
    programme: Programme | None = None


@dataclass(frozen=True)
class ReadFrame:
    """A frame as it is shown. ``image`` is None where it can't be decoded.

    ``serial`` is that of the request it answers; ``exact`` is False for the preview of another frame;
    ``decoded`` counts the frames that a :meth:`FrameReader.show` had to decode; ``due_s`` are the played
    seconds of its programme at which a played frame is due; ``left_out`` counts the frames that play passed
    over before it, ``decimated`` is True around such places.
    """

    serial: int
    frame: int
    time_s: float
    image: QImage | None
    exact: bool
    decoded: int = 0
    due_s: float = 0.0
    left_out: int = 0
    decimated: bool = False

    @property
    def shows(self) -> Shows:
        """What the picture is."""
        if not self.exact:
            return "preview"
        return "decimated" if self.decimated else "exact"


@dataclass(frozen=True)
class _StillsRequest:
    tag: str
    stills: tuple[Still, ...]
    side: int


@dataclass(frozen=True)
class _MeshRequest:
    tag: str
    frame: int
    faces: tuple[MeshFace, ...]


#: What is wanted beside the player's own picture.
_Beside = _StillsRequest | _MeshRequest


class FrameReader(QThread):
    """Decodes frames of one recording in its own thread, scaled to the size they are shown in.

    One slot holds the latest request: :meth:`show` a frame, or :meth:`play` from one on. Answers wait in a
    mailbox (show) or a short queue (play) until they are taken; ``answered`` only wakes the receiver.

    Stills and face meshes are made beside that, in pauses, the latest request of each kind.

    Signals: answered() when a shown frame lies in the mailbox; stills_ready(tag, StillImages);
    failed(sentence) when the recording can't be read any more.
    """

    answered = Signal()
    stills_ready = Signal(str, object)
    failed = Signal(str)

    def __init__(self, path: Path, index: FrameIndex, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("FrameReader")
        self._path = path
        self._index = index
        #: Makes the meshes that were asked for, and tells so by its own signals.
        self.mesh_maker = MeshMaker(self)
        # Shared by both threads, under the lock.
        self._lock = threading.Condition()
        self._stopping = False
        self._request: Request | None = None
        self._serial = 0
        self._is_pending = False
        self._mailbox: ReadFrame | None = None
        self._queue: deque[ReadFrame] = deque()
        self._played_out = False
        self._late_before_s = 0.0
        self._beside: dict[str, _Beside] = {}
        self._expected: int | None = None
        # The thread's own.
        self._decoder: Decoder | None = None
        self._pictures = PictureCache(_PICTURES_BYTES)
        self._seconds_per_frame = 0.004
        self._shown = 0

    # In the GUI thread -------------------------------------------------------------------------------

    def show(self, frame: int, size: tuple[int, int], *, preview: bool = False) -> int:
        """Ask for a frame, or with ``preview`` for a near one that comes fast; returns the serial."""
        return self._ask(Request(0, "preview" if preview else "exact", frame, size))

    def play(self, programme: Programme, size: tuple[int, int], rate: float) -> int:
        """Ask for the frames of a programme, at ``rate`` (> 0) seconds of the recording per second."""
        first = next(programme.all_spans()).first
        return self._ask(Request(0, "play", first, size, rate, programme))

    def ask_stills(self, tag: str, stills: Sequence[Still], side: int) -> None:
        """Ask for pictures of at most ``side`` pixels; a newer request with the same tag replaces this one."""
        self._ask_beside(_StillsRequest(tag, tuple(stills), side))

    def ask_meshes(self, frame: int, faces: Sequence[MeshFace]) -> None:
        """Ask ``mesh_maker`` for the meshes of faces of a frame; a newer request replaces this one."""
        if not self.mesh_maker.isRunning():
            self.mesh_maker.start()
        self._ask_beside(_MeshRequest("meshes", frame, tuple(faces)))

    def expect(self, frame: int) -> None:
        """Have a frame ready that is likely to be asked for next, far away as it may be."""
        with self._lock:
            self._expected = frame

    def _ask_beside(self, request: _Beside) -> None:
        with self._lock:
            self._beside[request.tag] = request
            self._lock.notify_all()

    def resize(self, size: tuple[int, int]) -> None:
        """Give the frames that are played a new size."""
        with self._lock:
            if self._request is not None:
                self._request = replace(self._request, size=size)

    def take(self) -> ReadFrame | None:
        """Take the answer to :meth:`show` out of the mailbox."""
        with self._lock:
            answer, self._mailbox = self._mailbox, None
            return answer

    def take_due(self, position_s: float) -> tuple[ReadFrame | None, int]:
        """Take the newest frame that is due at these played seconds; returns it and how many were skipped."""
        taken: ReadFrame | None = None
        skipped = -1
        with self._lock:
            self._late_before_s = position_s
            while self._queue and self._queue[0].due_s <= position_s:
                taken = self._queue.popleft()
                skipped += 1
            if taken is not None:
                self._lock.notify_all()
        return taken, max(skipped, 0)

    def is_ready(self, least: int = 3) -> bool:
        """Tell whether enough frames wait for play to begin."""
        with self._lock:
            return self._played_out or len(self._queue) >= least

    def is_dry(self) -> bool:
        """Tell whether play waits for frames that are not decoded yet."""
        with self._lock:
            return not self._played_out and not self._queue

    def is_played_out(self) -> bool:
        """Tell whether the last frame of the programme was played and taken."""
        with self._lock:
            return self._played_out and not self._queue

    @property
    def frames_decoded(self) -> int:
        """Frames decoded so far, wanted or passed by."""
        return 0 if self._decoder is None else self._decoder.frames_decoded

    def stop(self) -> None:
        """End the thread and wait for it."""
        with self._lock:
            self._stopping = True
            self._queue.clear()
            self._lock.notify_all()
        self.wait()
        self.mesh_maker.stop()

    def _ask(self, request: Request) -> int:
        with self._lock:
            if self._is_pending and self._request == replace(request, serial=self._serial):
                return self._serial  # it is on its way
            self._serial += 1
            self._is_pending = request.kind == "exact"
            self._request = replace(request, serial=self._serial)
            self._mailbox = None
            self._queue.clear()
            self._played_out = False
            self._late_before_s = 0.0
            self._lock.notify_all()
            return self._serial

    # In the reader's thread --------------------------------------------------------------------------

    def run(self) -> None:
        from fead_desktop.video.decoder import Decoder

        try:
            with Decoder(self._path, self._index, cache_bytes=_DECODER_BYTES) as decoder:
                self._decoder = decoder
                self._work(decoder)
        except FeadError as error:
            self.failed.emit(str(error))
        except Exception:
            logger("gui").exception("the frame reader failed")
            self.failed.emit("The recording can't be shown any further; the log file says more.")

    def _work(self, decoder: Decoder) -> None:
        done = 0
        while (request := self._next_request(done)) is not None:
            if not isinstance(request, Request):
                self._serve_beside(decoder, done)
                continue
            done = request.serial
            if request.kind == "play":
                self._play(decoder, request)
            elif self._answer(decoder, request):
                self._serve_beside(decoder, done)
                self._prepare(decoder, request)

    def _next_request(self, done: int) -> Request | _Beside | None:
        """Wait for a request with another serial, or for one beside it; None when the thread has to end."""
        with self._lock:
            while not self._stopping:
                if self._request is not None and self._request.serial != done:
                    return self._request
                if self._beside:
                    return next(iter(self._beside.values()))
                self._lock.wait()
            return None

    def _serve_beside(self, decoder: Decoder, done: int) -> None:
        """Make the stills and meshes that wait, unless the player wants something."""
        while (request := self._next_beside(done)) is not None:
            is_wanted = partial(self._is_next_beside, request, done)
            if isinstance(request, _StillsRequest):
                images = self._make_stills(decoder, request, is_wanted)
                if images is not None and self._is_served(request):
                    self.stills_ready.emit(request.tag, images)
            elif self._come_near(decoder, request.frame, is_wanted):
                picture = decoder.read(request.frame)
                if self._is_served(request) and picture is not None:
                    self.mesh_maker.make(request.frame, picture, request.faces)

    def _make_stills(
        self, decoder: Decoder, request: _StillsRequest, is_wanted: Callable[[], bool]
    ) -> StillImages | None:
        images: dict[int, QImage | None] = {}
        for still in request.stills:
            if not self._come_near(decoder, still.frame, is_wanted):
                return None
            images[still.frame] = still_image(decoder.read(still.frame), still, request.side)
        return images

    def _is_served(self, request: _Beside) -> bool:
        """Take a request off the list; False where a newer one stands in its place."""
        with self._lock:
            if self._beside.get(request.tag) is not request:
                return False
            del self._beside[request.tag]
            return True

    def _is_next_beside(self, request: _Beside, done: int) -> bool:
        return self._next_beside(done) is request

    def _next_beside(self, done: int) -> _Beside | None:
        with self._lock:
            wanted = self._request is not None and self._request.serial != done
            if self._stopping or wanted or not self._beside:
                return None
            return next(iter(self._beside.values()))

    def _is_current(self, request: Request) -> bool:
        with self._lock:
            return (
                not self._stopping
                and self._request is not None
                and self._request.serial == request.serial
            )

    def _answer(self, decoder: Decoder, request: Request) -> bool:
        """Put the picture into the mailbox; False if a newer request came in between."""
        frame = request.frame
        decoded = decoder.frames_decoded
        if request.kind == "preview" and not self._comes_fast(decoder, frame, request.size):
            frame, picture = decoder.read_nearest_keyframe(frame, request.size)
            image = self._keep(frame, request.size, picture)
        else:
            if not self._approach(decoder, request, frame):
                return False
            image = self._image(decoder, frame, request.size)
        answer = ReadFrame(
            request.serial,
            frame,
            self._index.time_of(frame),
            image,
            exact=frame == request.frame,
            decoded=decoder.frames_decoded - decoded,
        )
        with self._lock:
            if self._stopping or self._request is None or self._request.serial != request.serial:
                return False
            self._mailbox, self._is_pending = answer, False
        self._shown = frame
        self.answered.emit()
        return True

    def _comes_fast(self, decoder: Decoder, frame: int, size: tuple[int, int]) -> bool:
        if (frame, size) in self._pictures:
            return True
        return decoder.frames_to_decode(frame) * self._seconds_per_frame < _PREVIEW_S

    def _approach(self, decoder: Decoder, request: Request, frame: int) -> bool:
        """Decode up to shortly before a frame, in strides; False if a newer request came in between."""
        if (frame, request.size) in self._pictures:
            return True
        return self._come_near(decoder, frame, lambda: self._is_current(request))

    def _come_near(self, decoder: Decoder, frame: int, is_wanted: Callable[[], bool]) -> bool:
        """Decode up to shortly before a frame, in strides; False as soon as it is not wanted any more."""
        far = decoder.frames_to_decode(frame)
        # On a jump, what no other frame leans on is left out until where those behind the frame are made ready.
        # Steps keep everything they pass: the next step back is answered out of it.
        jumps = abs(frame - self._shown) > _BEHIND
        strides = range(frame - far + _STRIDE, frame - _BEHIND if jumps else 0, _STRIDE)
        with closing(decoder.stream(strides, _PASSED_BY)) as passed:
            began, before = time.perf_counter(), decoder.frames_decoded
            for _ in passed:
                if not is_wanted():
                    return False
            self._note_speed(time.perf_counter() - began, decoder.frames_decoded - before)
        far = decoder.frames_to_decode(frame)
        while far > _STRIDE:
            if not is_wanted():
                return False
            began, before = time.perf_counter(), decoder.frames_decoded
            decoder.read(frame - far + _STRIDE, _PASSED_BY)
            self._note_speed(time.perf_counter() - began, decoder.frames_decoded - before)
            nearer = decoder.frames_to_decode(frame)
            if nearer >= far:
                break  # damaged stretch: leave it to the decoder
            far = nearer
        return is_wanted()

    def _note_speed(self, seconds: float, frames: int) -> None:
        if frames:
            self._seconds_per_frame += 0.2 * (seconds / frames - self._seconds_per_frame)

    def _prepare(self, decoder: Decoder, request: Request) -> None:
        """Make frames ready while nothing is asked for: the next one, those before, and one that is expected."""
        if request.kind == "preview":
            return
        for frame in self._neighbours(request.frame, request.size):
            self._serve_beside(decoder, request.serial)
            if not self._approach(decoder, request, frame):
                return
            self._image(decoder, frame, request.size)

    def _neighbours(self, frame: int, size: tuple[int, int]) -> Iterator[int]:
        behind = min(_BEHIND, self._pictures.room_for(size) // 2)
        if frame + 1 < len(self._index):
            yield frame + 1
        yield from range(frame - 1, max(frame - behind, 0) - 1, -1)
        with self._lock:
            expected = self._expected
        if expected is not None and expected != frame and 0 <= expected < len(self._index):
            yield expected

    def _play(self, decoder: Decoder, request: Request) -> None:
        """Fill the queue until another request comes or the programme ends."""
        assert request.programme is not None
        if not self._approach(decoder, request, request.frame):
            return
        walk = ProgrammeWalk(request.programme, self._index)
        ahead = AHEAD if request.programme.is_forward else AHEAD_BACKWARDS
        least_s = request.rate / _MOST_PICTURES
        while walk.frame is not None:
            size = self._wait_for_room(request, ahead)
            if size is None:
                return
            frame, time_s = walk.frame, self._index.time_of(walk.frame)
            image = self._image(decoder, frame, size)
            read = ReadFrame(
                request.serial,
                frame,
                time_s,
                image,
                exact=True,
                due_s=walk.due_s,
                left_out=walk.left_out,
            )
            with self._lock:
                if self._request is None or self._request.serial != request.serial:
                    return
                self._queue.append(read)
                late_before_s = self._late_before_s
            # Backwards a whole group of pictures is decoded before its last frame: wait for it, skip nothing.
            walk.advance(least_s, late_before_s if request.programme.is_forward else None)
        with self._lock:
            if self._request is not None and self._request.serial == request.serial:
                self._played_out = True

    def _wait_for_room(self, request: Request, ahead: int) -> tuple[int, int] | None:
        """Wait until the queue has room; returns the size wanted now, None if play was left."""
        with self._lock:
            while True:
                current = self._request
                if self._stopping or current is None or current.serial != request.serial:
                    return None
                fitting = _QUEUE_BYTES // max(4 * current.size[0] * current.size[1], 1)
                if len(self._queue) < min(ahead, max(fitting, 4)):
                    return current.size
                self._lock.wait()

    def _image(self, decoder: Decoder, frame: int, size: tuple[int, int]) -> QImage | None:
        if (frame, size) in self._pictures:
            return self._pictures.get(frame, size)
        return self._keep(frame, size, decoder.read(frame, size))

    def _keep(self, frame: int, size: tuple[int, int], picture: Picture | None) -> QImage | None:
        image = None if picture is None else to_image(picture)
        self._pictures.put(frame, size, image)
        return image
