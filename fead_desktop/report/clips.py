"""Clips: the events of a case as films, frame for frame, with sound and what is burnt in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.case import FUSION, Person
from fead_desktop.case.store import Case
from fead_desktop.closing import Closing
from fead_desktop.faces.face import BoundingBox
from fead_desktop.features.table import FeatureTable
from fead_desktop.progress import Progress
from fead_desktop.report.files import cannot_write
from fead_desktop.report.interchange.timeline import shown_name
from fead_desktop.report.options import ReportOptions, chosen_events
from fead_desktop.report.overlays import Annotator, Curve, Layout
from fead_desktop.report.source import Source, open_source
from fead_desktop.video.audio import AudioReader, Samples, has_audio
from fead_desktop.video.decoder import Decoder, Picture
from fead_desktop.video.timebase import format_timecode
from fead_desktop.video.writer import VideoWriter

_SOUND_HZ = 48_000
#: A box is not drawn between two rows that lie further apart: the face was not seen there.
_LONGEST_GAP_S = 1.0
_FRAMES_PER_LOOK = 10


def clip_names(case: Case, options: ReportOptions) -> list[str]:
    """Return the names of the clips in the folder."""
    return [f"{clip_folder(case)}/{name}" for name, _ in _films(case, options)]


def clip_folder(case: Case) -> str:
    """Return the name of the folder of the clips."""
    return f"{case.path.stem}.fead-clips"


def write_clips(case: Case, folder: Path, options: ReportOptions, progress: Progress) -> list[Path]:
    """Write one MP4 (H.264, AAC) for each event, or one reel of all; returns the files.

    Every frame of the recording from the margin before the onset to the margin after the offset is there once, at
    its own presentation time, also where the frame rate varies. A slowed clip has no sound; neither has one in
    which names are replaced, because they may be spoken.

    Raises
    ------
    CaseError, RecordingError
        When the recording is not the case's, missing or unreadable.
    OutputError
        When the folder can't be written; no half clip stays behind.
    CancelledError
        When the analyst cancelled.
    """
    films = _films(case, options)
    if not films:
        return []
    source = open_source(case, options, progress)
    written = []
    total = sum(len(events) for _, events in films)
    done = 0
    with _ClipMaker(case, source, options) as maker:
        for name, events in films:
            path = folder / clip_folder(case) / name
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise cannot_write(path, error) from error
            maker.write(path, events, _Count(progress, done, total))
            done += len(events)
            written.append(path)
    return written


def _films(case: Case, options: ReportOptions) -> list[tuple[str, list[AnomalyEvent]]]:
    events = chosen_events(case, options)
    if not events:
        return []
    if options.clip_reel:
        return [("reel.mp4", sorted(events, key=lambda each: each.onset_frame))]
    return [(f"event_{event.event:02d}_person_{event.person}.mp4", [event]) for event in events]


@dataclass(frozen=True)
class _Count:
    """Progress over the events of all clips."""

    progress: Progress
    done: int
    total: int

    def look(self, event: int, share: float) -> None:
        self.progress.raise_if_cancelled()
        self.progress.report("clips", self.done + event + share, self.total)


class _ClipMaker(Closing):
    """Writes films of one case; opens the recording once."""

    def __init__(self, case: Case, source: Source, options: ReportOptions):
        self._case, self._source, self._options = case, source, options
        self._layout = Layout.of(source.index.width, source.index.height, options.overlays)
        self._scale = self._layout.picture[2] / source.index.width
        self._persons = {person.person: person for person in case.persons()}
        self._table = case.features()
        self._boxes = Boxes(self._table)
        self._blur = None
        if options.blur_others:
            from fead_desktop.report.blurring import FaceBlur

            self._blur = FaceBlur(case)
        self._with_sound = (
            options.clip_speed == 1 and not options.replace_names and has_audio(source.path)
        )
        self._open = ExitStack()
        self._decoder = self._open.enter_context(Decoder(source.path, source.index))

    def close(self) -> None:
        """Close the recording."""
        self._open.close()

    def write(self, path: Path, events: Sequence[AnomalyEvent], count: _Count) -> None:
        layout, index = self._layout, self._source.index
        rate = self._options.clip_speed / max(index.median_interval_s, 1e-3)
        writer = VideoWriter(
            path,
            layout.width,
            layout.height,
            min(rate, 240.0),
            audio_rate_hz=_SOUND_HZ if self._with_sound else None,
            own_times=True,
        )
        with writer:
            begins_s = 0.0
            for number, event in enumerate(events):
                begins_s = self._append(writer, event, begins_s, count, number)

    def _append(
        self, writer: VideoWriter, event: AnomalyEvent, begins_s: float, count: _Count, number: int
    ) -> float:
        """Write one event from ``begins_s`` of the film on; returns where it ends."""
        index, options = self._source.index, self._options
        first = index.frame_at(max(event.onset_s - options.clip_margin_s, 0.0))
        last = index.frame_at(event.offset_s + options.clip_margin_s)
        start_s = index.time_of(first)
        after_s = index.time_of(last + 1) if last + 1 < len(index) else index.duration_s
        person = self._persons.get(event.person)
        annotator = Annotator(
            self._layout,
            self._scale,
            title_of(event, person),
            self._curve(event, start_s, after_s),
        )
        with ExitStack() as stack:
            sound = _Sound(self._source, start_s, stack) if self._with_sound else None
            for n, picture in self._decoder.stream(
                range(first, last + 1), self._layout.picture[2:]
            ):
                if (n - first) % _FRAMES_PER_LOOK == 0:
                    count.look(number, (n - first) / (last + 1 - first))
                time_s = index.time_of(n)
                frame = self._frame(annotator, event, n, picture)
                writer.write(frame, begins_s + (time_s - start_s) / options.clip_speed)
                if sound is not None:
                    until_s = index.time_of(n + 1) if n < last else after_s
                    sound.write_until(writer, until_s)
        return begins_s + (after_s - start_s) / options.clip_speed

    def _frame(
        self, annotator: Annotator, event: AnomalyEvent, n: int, picture: Picture | None
    ) -> Picture:
        overlays = self._options.overlays
        said, time_s = timecode_of(self._source, n), self._source.index.time_of(n)
        person = self._persons.get(event.person)
        if picture is None:
            picture = np.zeros((self._layout.picture[3], self._layout.picture[2], 3), np.uint8)
            said += "  ·  this frame can't be decoded"
        elif self._blur is not None:
            picture = self._blur.blurred(picture, n, event.person)
        wants_box = "box" in overlays or "person" in overlays
        box = self._boxes.at(event.person, n, time_s) if wants_box else None
        name = shown_name(person) if person is not None and "person" in overlays else ""
        outline = box if "box" in overlays else None
        return annotator.draw(picture, said, time_s, box=outline, name=name, name_at=box)

    def _curve(self, event: AnomalyEvent, start_s: float, end_s: float) -> Curve | None:
        scores = self._case.person_scores(event.person)
        if scores is None or FUSION not in scores.scores:
            return None
        # One sample beyond each end, so that the line goes on to the edge.
        low, high = np.searchsorted(scores.time_s, (start_s, end_s))
        inside = slice(max(int(low) - 1, 0), int(high) + 1)
        return Curve(
            scores.time_s[inside],
            scores.scores[FUSION][inside],
            start_s,
            end_s,
            event.onset_s,
            event.offset_s,
        )


class _Sound:
    """The sound of a stretch, given to a film bit by bit so that little of it waits in memory."""

    def __init__(self, source: Source, start_s: float, stack: ExitStack):
        index = source.index
        first_pts_s = float(index.pts[0] * index.time_base)
        reader = AudioReader(source.path, rate_hz=_SOUND_HZ, first_pts_s=first_pts_s)
        self._blocks: Iterator[Samples] = stack.enter_context(reader).blocks(start_s)
        self._start_s = start_s
        self._waiting = np.zeros((0, 2), np.float32)
        self._written = 0

    def write_until(self, writer: VideoWriter, time_s: float) -> None:
        """Write up to a time of the recording; silence where it has no more sound."""
        wanted = round((time_s - self._start_s) * _SOUND_HZ) - self._written
        while len(self._waiting) < wanted:
            block = next(self._blocks, None)
            if block is None:
                block = np.zeros((wanted - len(self._waiting), 2), np.float32)
            self._waiting = np.concatenate([self._waiting, block])
        if wanted > 0:
            writer.write_audio(self._waiting[:wanted])
            self._waiting = self._waiting[wanted:]
            self._written += wanted


class Boxes:
    """Face boxes of persons at any frame: measured, or on the straight line between two rows of one track."""

    def __init__(self, table: FeatureTable):
        self._persons, self._times_s = table.person, table.time_s
        self._frames, self._tracks = table.frame_number, table["track"]
        self._boxes = table.matrix(("box_x", "box_y", "box_width", "box_height"))
        self._rows: dict[int, npt.NDArray[np.int64]] = {}

    def at(self, person: int, frame_number: int, time_s: float) -> BoundingBox | None:
        """Return a person's box, None where the face was not seen."""
        if person not in self._rows:
            self._rows[person] = np.flatnonzero(self._persons == person)
        rows = self._rows[person]
        k = int(np.searchsorted(self._frames[rows], frame_number))
        if k < len(rows) and self._frames[rows[k]] == frame_number:
            return _box(self._boxes[rows[k]])
        # Somebody who is two tracks at once (made one by hand) has two rows a frame.
        for before in rows[max(k - 2, 0) : k][::-1]:
            for after in rows[k : k + 2]:
                gap_s = float(self._times_s[after] - self._times_s[before])
                if self._tracks[before] == self._tracks[after] and 0 < gap_s <= _LONGEST_GAP_S:
                    share = (time_s - float(self._times_s[before])) / gap_s
                    return _box((1 - share) * self._boxes[before] + share * self._boxes[after])
        return None


def title_of(event: AnomalyEvent, person: Person | None) -> str:
    """Return the words that name an event in a picture."""
    name = f"Person {event.person}" if person is None else shown_name(person)
    return f"Event {event.event}  ·  {name}  ·  moment for human review"


def timecode_of(source: Source, n: int) -> str:
    """Return what is burnt in for a frame: its timecode, its number, and the source's own clock."""
    said = f"{format_timecode(source.index.time_of(n))}  ·  frame {n}"
    clock = source.index.source_timecode(n)
    return f"{said}  ·  source {clock}" if clock else said


def _box(values: npt.NDArray[np.float32]) -> BoundingBox:
    return BoundingBox(*(float(value) for value in values))
