"""Series in which nothing happens, and the flags that the real scoring gives on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.calibration import background_of, passes
from fead_desktop.anomalies.explanation import person_events
from fead_desktop.anomalies.scoring import FUSION, MakeAutoencoder, score_ranking
from fead_desktop.anomalies.views import build_views
from fead_desktop.features.measures import EMOTIONS, MEASURE_NAMES
from fead_desktop.features.table import FeatureTable
from tests.helpers.series import table_of

RATE_FPS = 10
DIALS = (0.2, 0.5, 2.0)
KINDS = ("normal", "lognormal", "chi2", "ar1")

#: Mean length of the blocks of a resampled series.
BLOCK_S = 2.0
#: More events than any setting flags; each costs a look at the whole series.
_MOST_EVENTS_A_MINUTE = 8


def noise(kind: str, rng: np.random.Generator, shape: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Return noise (rows, columns); ``ar1`` has the autocorrelation 0.9 from row to row."""
    if kind == "lognormal":
        return rng.lognormal(0, 0.7, size=shape)
    if kind == "chi2":
        return rng.chisquare(3, size=shape)
    values = rng.normal(size=shape)
    if kind == "ar1":
        for row in range(1, len(values)):
            values[row] = 0.9 * values[row - 1] + np.sqrt(1 - 0.81) * values[row]
    return values


def simulated(kind: str, seed: int, minutes: float) -> FeatureTable:
    """Return a person whose 28 measures and seven emotions are such noise."""
    rng = np.random.default_rng(seed)
    rows = round(60 * RATE_FPS * minutes)
    measures = 0.4 + 0.02 * noise(kind, rng, (rows, len(MEASURE_NAMES)))
    logits = noise(kind, rng, (rows, len(EMOTIONS)))
    shares = np.exp(logits / logits.std(axis=0))
    return table_of(
        np.arange(rows) / RATE_FPS, measures, shares / shares.sum(axis=1, keepdims=True)
    )


def resampled(table: FeatureTable, seed: int, minutes: float) -> FeatureTable:
    """Return rows of a real person in blocks of random beginning and length.

    The stationary bootstrap (Politis and Romano 1994): what is rare in the clip comes back as often as it was.
    """
    rng = np.random.default_rng(seed)
    rows = round(60 * RATE_FPS * minutes)
    chosen: list[npt.NDArray[np.int64]] = []
    while sum(map(len, chosen)) < rows:
        length = rng.geometric(1 / (BLOCK_S * RATE_FPS))
        chosen.append((rng.integers(len(table)) + np.arange(length)) % len(table))
    made = table.select(np.concatenate(chosen)[:rows])
    return made.with_columns(time_s=np.arange(rows) / RATE_FPS, frame_number=3 * np.arange(rows))


@dataclass
class Flags:
    """Minutes and, by setting, the events flagged in them."""

    minutes: float = 0.0
    count: dict[float, int] = field(default_factory=lambda: dict.fromkeys(DIALS, 0))

    def ratio(self, dial: float) -> float:
        """Return flags a minute over the setting."""
        return self.count[dial] / max(self.minutes, 1e-9) / dial

    def add(self, other: Flags) -> None:
        """Count another series in."""
        self.minutes += other.minutes
        for dial, count in other.count.items():
            self.count[dial] += count

    def __str__(self) -> str:
        ratios = ", ".join(f"{self.ratio(dial):.2f} at {dial:g}" for dial in DIALS)
        return f"{ratios} ({self.minutes:.0f} min)"


def flags_of(table: FeatureTable, make: MakeAutoencoder | None = None) -> Flags:
    """Score a person as the analysis does and count the flagged events; ``make`` as in :func:`score_ranking`."""
    views = build_views(table, None)
    scores = score_ranking(views, table.time_s, make=make)
    background = background_of(table.time_s, scores[FUSION])
    minutes = len(background.highest) / 60
    most = round(_MOST_EVENTS_A_MINUTE * minutes) + 20
    p_values = [
        background.p_value(event.onset_s, event.offset_s, event.score)
        for event in person_events(table, views, scores, 1, most)
    ]
    return Flags(minutes, {dial: sum(passes(p, dial) for p in p_values) for dial in DIALS})


def total(flags: Sequence[Flags]) -> Flags:
    """Return several series as one."""
    together = Flags()
    for each in flags:
        together.add(each)
    return together
