"""What a case holds, as plain values: recording, coverage, persons, scores, events."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

#: The score that ranks events.
FUSION = "fusion"


@dataclass(frozen=True)
class RecordingFacts:
    """The recording a case belongs to, as it was when it was analysed."""

    path: str
    sha256: str
    size_bytes: int
    width: int
    height: int
    frames: int
    duration_s: float
    variable_frame_rate: bool
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Coverage:
    """What share of the recording could be analysed."""

    frames_analysed: int
    frames_with_face: int
    seconds_without_face: float


@dataclass(frozen=True)
class Person:
    """A person of the recording. ``portrait`` is a JPEG of the best frontal face."""

    person: int
    name: str
    faces: int
    first_s: float
    last_s: float
    screen_time_s: float
    portrait: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class PersonScores:
    """Scores of one person's analysed frames.

    scores : "view/detector" (for example "expression/mahalanobis", "emotion happy/robust") or
        :data:`FUSION` -> (n,) float32, higher = more unusual, NaN where not scored.
    """

    person: int
    frame_number: npt.NDArray[np.int64]
    time_s: npt.NDArray[np.float64]
    scores: dict[str, npt.NDArray[np.float32]]


@dataclass(frozen=True)
class AnalysedFrames:
    """The frames that were looked at, in order; arrays (n,). ``cut`` = a shot begins here."""

    frame_number: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    time_s: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    decoded: npt.NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, bool))
    cut: npt.NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, bool))


@dataclass(frozen=True)
class ModelFact:
    """A model that took part, so that the report can name it."""

    name: str
    file: str
    sha256: str
    licence: str
