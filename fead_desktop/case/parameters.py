"""AnalysisParameters: everything that decides the numbers of an analysis."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import Any

from fead_desktop.errors import UsageError

DETECTORS = ("auto", "mtcnn", "blazeface", "yunet")
EMBEDDERS = ("auto", "facenet", "dlib")

#: Every second would be flagged, and one in almost two hours.
MOST_FALSE_ALARMS, LEAST_FALSE_ALARMS = 60.0, 0.01

#: A smaller region holds no face that could be measured.
LEAST_REGION_PX = 32


@dataclass(frozen=True)
class AnalysisParameters:
    """The client's settings by name, and a range.

    rate_fps : analysed frames per second of recording ("desired fps"); 0 = every frame.
    start_s, end_s : range in seconds of the recording; None = from the beginning / to the end.
    num_anomalies : how many of the most unusual events are listed.
    false_alarms_per_minute : events are flagged where a person's ordinary behaviour is expected to reach their
        score so often at most.
    num_components : UMAP components; 0 = chosen from the explained variance.
    batch_size : faces per model call.
    video_stream : number of the recording's video stream, from 0; None = the best one.
    region : left, upper edge, width and height of the only part of the picture in which faces are searched for,
        in pixels of the upright picture; None = the whole picture.
    """

    rate_fps: float = 10.0
    start_s: float | None = None
    end_s: float | None = None
    detector: str = "auto"
    embedder: str = "auto"
    num_anomalies: int = 10
    num_components: int = 0
    batch_size: int = 32
    seed: int = 1
    false_alarms_per_minute: float = 0.2
    video_stream: int | None = None
    region: tuple[int, int, int, int] | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.rate_fps <= 1000:
            raise UsageError(
                "The analysis rate must be between 0 (every frame) and 1000 frames a second."
            )
        if self.num_anomalies < 1:
            raise UsageError("The number of anomalies must be at least 1.")
        if not LEAST_FALSE_ALARMS <= self.false_alarms_per_minute <= MOST_FALSE_ALARMS:
            raise UsageError(
                f"The expected false alarms a minute must be between {LEAST_FALSE_ALARMS:g} and "
                f"{MOST_FALSE_ALARMS:g}."
            )
        if not 0 <= self.num_components <= 100:
            raise UsageError("The number of components must be between 0 (automatic) and 100.")
        if not 1 <= self.batch_size <= 1024:
            raise UsageError("The batch size must be between 1 and 1024.")
        if self.detector not in DETECTORS:
            raise UsageError(
                f"There is no face detector '{self.detector}'; choose from {', '.join(DETECTORS)}."
            )
        if self.embedder not in EMBEDDERS:
            raise UsageError(
                f"There is no embedder '{self.embedder}'; choose from {', '.join(EMBEDDERS)}."
            )
        if not all(math.isfinite(edge) for edge in (self.start_s, self.end_s) if edge is not None):
            raise UsageError("The start and the end of the range must be numbers of seconds.")
        if self.start_s is not None and self.start_s < 0:
            raise UsageError("The start of the range can't be before the recording.")
        if self.end_s is not None and self.end_s <= (self.start_s or 0):
            raise UsageError("The end of the range must come after its start.")
        if self.region is not None:
            _check_region(self.region)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> AnalysisParameters:
        """Read :meth:`to_dict`'s values; unknown names are refused."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise UsageError(f"Unknown analysis parameters: {', '.join(unknown)}.")
        region = values.get("region")
        if isinstance(region, list):
            values = {**values, "region": tuple(region)}
        return cls(**values)


def parse_region(text: str) -> tuple[int, int, int, int] | None:
    """Read a region as the analyst types it: ``x, y, width, height``; nothing = the whole picture.

    Raises
    ------
    UsageError
        When these are not four whole numbers.
    """
    parts = text.replace(",", " ").split()
    if not parts:
        return None
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() for part in parts):
        raise UsageError("A region is four whole numbers of pixels: x, y, width, height.")
    x, y, width, height = (int(part) for part in parts)
    _check_region((x, y, width, height))
    return x, y, width, height


def _check_region(region: object) -> None:
    numbers = region if isinstance(region, tuple) else ()
    is_region = len(numbers) == 4 and all(type(each) is int for each in numbers)
    if not is_region or min(numbers[:2]) < 0 or min(numbers[2:]) < LEAST_REGION_PX:
        raise UsageError(
            f"A region begins inside the picture and is at least {LEAST_REGION_PX} pixels wide and high."
        )
