"""The recordings of the planted suite: real clips and demos, analysed once and kept under ``build/suite``.

Every series is five minutes or longer. Demos are made as long as that. A clip is shorter: its rows are played forwards
and backwards, because its pictures would only be repeated, and every pass gets noise of its own as large as that of
the mesh in this clip. Otherwise each row would have exact copies in every part of the recording, which flatters
detectors that look for near neighbours; what is left of that flatters them still.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.views import one_face_a_frame, quality_mask
from fead_desktop.anomalies.windows import sampling_interval
from fead_desktop.case.store import Case
from fead_desktop.features.measures import EMOTIONS, MEASURE_NAMES
from fead_desktop.features.table import UNASSIGNED, FeatureTable
from fead_desktop.planting.plants import Floats, changed, log_emotions
from tests.benchmarks.table import BUILD
from tests.helpers.analyses import analyse
from tests.helpers.data import data_dir
from tests.helpers.planted import Clip, places, write_planted

SUITE = BUILD / "suite"
PACKAGE = Path(__file__).resolve().parents[2] / "fead_desktop"

LENGTH_S = 300.0
#: A person who is seen well for less than this has too little behaviour of their own to be repeated.
LEAST_S = 2.5
#: Made artefacts: one every four seconds.
_ARTEFACTS = 10
_POSE = ("yaw_deg", "pitch_deg", "roll_deg")


@dataclass(frozen=True)
class Recording:
    """A recording of the suite; ``make`` returns its file, in a folder of its own if it has to be made."""

    name: str
    about: str
    make: Callable[[Path], Path]
    is_demo: bool = False


@dataclass(frozen=True)
class Series:
    """One person of a recording, without planted moments.

    table : (n,) rows over five minutes.
    clip : the rows of the recording itself; ``row_of`` (n,) tells which of them each row of the table shows.
    """

    recording: Recording
    file: Path
    person: int
    table: FeatureTable
    clip: FeatureTable
    row_of: npt.NDArray[np.int64]

    @property
    def name(self) -> str:
        """Recording and person."""
        return f"{self.recording.name}/{self.person}"

    @property
    def folder(self) -> Path:
        """Where what was made of it is kept."""
        return SUITE / self.recording.name


def _shared(name: str) -> Callable[[Path], Path]:
    return lambda _folder: data_dir() / "video" / name


def _with_artefacts(kind: str, name: str, height: int, end_s: float) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        file = folder / "recording.mp4"
        if not file.exists():
            clip = Clip(data_dir() / "video" / name, 0.0, end_s, height)
            write_planted(file, clip, places([kind] * _ARTEFACTS))
        return file

    return make


def _demo(seed: int, seconds: float) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        from fead_desktop.planting.demo import make_demo

        file = folder / "recording.mp4"
        if not file.exists():
            with patch("fead_desktop.planting.demo.place_moments", return_value=()):
                made = make_demo(folder / "making.mp4", seed=seed, duration_s=seconds, rate_fps=10)
            made.rename(file)
        return file

    return make


RECORDINGS = (
    Recording(
        "langer", "distress, hand before the face, laugh", _shared("WolfgangLanger_Pexels.mp4")
    ),
    Recording("d9", "glasses; pouts, a smile, raised brows", _shared("liveportrait_d9.mp4")),
    Recording("d13", "glasses; open smiles in turn", _shared("liveportrait_d13.mp4")),
    Recording("d19", "glasses; a slowly growing smile", _shared("liveportrait_d19.mp4")),
    Recording(
        "d9 lit",
        "glasses; the light changes every four seconds",
        _with_artefacts("light change", "liveportrait_d9.mp4", 480, 19.0),
    ),
    Recording(
        "d19 lit",
        "glasses; the light changes every four seconds",
        _with_artefacts("light change", "liveportrait_d19.mp4", 480, 8.0),
    ),
    Recording(
        "d13 turned",
        "glasses; the head turns every four seconds",
        _with_artefacts("head turn", "liveportrait_d13.mp4", 640, 11.0),
    ),
    Recording(
        "head motion",
        "two persons, heads in motion",
        _shared("intel_head-pose-female-and-male.gif"),
    ),
    Recording("two faces", "two faces at once, four persons", _shared("synth_split2.mp4")),
    Recording("cuts", "persons in turn, cut together", _shared("synth7_cuts.mp4")),
    Recording("talk 1", "demo: talk, blinks, drifting head", _demo(21, LENGTH_S), is_demo=True),
    Recording("talk 2", "demo: talk, blinks, drifting head", _demo(22, 60.0), is_demo=True),
)


def series_of(recording: Recording) -> Iterator[Series]:
    """Analyse a recording, unless that was done by the same program, and yield its persons over five minutes."""
    folder = SUITE / recording.name
    folder.mkdir(parents=True, exist_ok=True)
    file = recording.make(folder)
    case_file = folder / f"{file.stem}.fead"
    state = digest(
        *sources("video", "faces", "features", "persons"),
        (PACKAGE / "pipeline/face_stage.py").read_bytes(),
        file.read_bytes(),
    )
    made_by = folder / "analysed"
    if not (case_file.exists() and made_by.exists() and made_by.read_text() == state):
        analyse(file, folder)
        made_by.write_text(state)
    with Case.open(case_file) as case:
        features = case.features()
    for person in sorted({int(number) for number in features.person} - {UNASSIGNED}):
        clip = one_face_a_frame(features.of_person(person))
        seconds = float(quality_mask(clip).sum()) * np.nan_to_num(sampling_interval(clip.time_s))
        if seconds >= LEAST_S:
            table, row_of = repeated(clip, np.random.default_rng([7, person]))
            yield Series(recording, file, person, table, clip, row_of)


def repeated(
    clip: FeatureTable, rng: np.random.Generator
) -> tuple[FeatureTable, npt.NDArray[np.int64]]:
    """Play a person's rows forwards and backwards for :data:`LENGTH_S`; gaps stay, every pass has its own noise.

    Returns
    -------
    the table, and the row of the clip that each of its rows shows, (n,). Longer clips are returned as they are.
    """
    rows = np.arange(len(clip))
    first, last = float(clip.time_s[0]), float(clip.time_s[-1])
    step = sampling_interval(clip.time_s)
    if last - first + step >= LENGTH_S - 1.0:
        return clip, rows
    times, shown = [], []
    for number in range(int(np.ceil(LENGTH_S / (last - first + step)))):
        begin = number * (last - first + step)
        backwards = number % 2 == 1
        order = rows[::-1] if backwards else rows
        since = last - clip.time_s if backwards else clip.time_s - first
        times.append(begin + since[order])
        shown.append(order)
    row_of = np.concatenate(shown)
    table = with_noise(clip.select(row_of), noise_of(clip), rng)
    made = table.with_columns(
        time_s=np.concatenate(times), frame_number=3 * np.arange(len(row_of)), shot=0 * row_of
    )
    return made, row_of


def numbers_of(table: FeatureTable) -> Floats:
    """Return measures, logarithms of the emotion scores, and embedding side by side, (n, m + 7 + d)."""
    return np.concatenate(
        [table.expression, log_emotions(table.emotions), table.embedding], axis=1
    ).astype(np.float64)


def with_change(table: FeatureTable, change: Floats) -> FeatureTable:
    """Return the table with a change added to its :func:`numbers_of`."""
    known = len(MEASURE_NAMES) + len(EMOTIONS)
    made = changed(table, np.arange(len(table)), change[:, :known])
    return FeatureTable(made.columns, (table.embedding + change[:, known:]).astype(np.float32))


def noise_of(clip: FeatureTable) -> tuple[Floats, Floats]:
    """Return the noise from row to row of :func:`numbers_of` and of the head pose, (k,) and (3,).

    Read off second differences, to which a smooth movement adds little.
    """
    return _noise(numbers_of(clip)), _noise(clip.matrix(_POSE).astype(np.float64))


def _noise(values: Floats) -> Floats:
    bend = values[:-2] - 2 * values[1:-1] + values[2:]
    bend = bend[np.isfinite(bend).all(axis=1)]
    if not len(bend):
        return np.zeros(values.shape[1])
    found: Floats = 1.4826 * np.median(np.abs(bend), axis=0) / np.sqrt(6)
    return found


def with_noise(
    table: FeatureTable, size: tuple[Floats, Floats], rng: np.random.Generator
) -> FeatureTable:
    """Return the table with noise of these sizes added to :func:`numbers_of` and the head pose."""
    drawn = [rng.normal(size=(len(table), len(each))) * each for each in size]
    noisy = with_change(table, drawn[0])
    pose = {name: table[name] + drawn[1][:, k] for k, name in enumerate(_POSE)}
    return noisy.with_columns(**pose)


def sources(*rooms: str) -> list[bytes]:
    """Return the source files of rooms of the program."""
    return [path.read_bytes() for room in rooms for path in sorted((PACKAGE / room).glob("*.py"))]


def digest(*parts: bytes) -> str:
    """Return a name for what these bytes decide."""
    together = hashlib.sha256()
    for part in parts:
        together.update(hashlib.sha256(part).digest())
    return together.hexdigest()[:16]
