"""How a calm person moves: drifting head and face, blinks, stretches of talk; and when moments are planted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: Planted moments keep away from the recording's ends and from each other, in seconds.
END_MARGIN_S = 2.0
LEAST_GAP_S = 4.0
#: Natural behaviour pauses around a planted moment: no talk, no blink.
_PAUSE_S = 0.35
_BREATH_S = 4.2


@dataclass(frozen=True)
class Moment:
    """A planted moment in time: a smooth rise from ``start_s``, a hold, a smooth fall to ``end_s``."""

    start_s: float
    end_s: float
    rise_s: float

    @property
    def peak_s(self) -> float:
        """Middle of the hold."""
        return (self.start_s + self.end_s) / 2

    def envelope(self, time_s: Floats) -> Floats:
        """0 outside, 1 in the hold."""
        rise = np.clip((time_s - self.start_s) / self.rise_s, 0, 1)
        fall = np.clip((self.end_s - time_s) / self.rise_s, 0, 1)
        share = np.minimum(rise, fall)
        envelope: Floats = 0.5 - 0.5 * np.cos(np.pi * share)
        return envelope


@dataclass(frozen=True)
class Behaviour:
    """Natural behaviour over time.

    time_s : (n,) seconds.
    amounts : movement (:data:`fead_desktop.planting.movements.MOVEMENTS`) to amounts (n,).
    head : (n, 6): yaw, pitch and roll in degrees, shift across and down in eye distances, scale.
    breath : (n,), -1 to 1; the sound track follows it.
    """

    time_s: Floats
    amounts: dict[str, Floats]
    head: Floats
    breath: Floats


def place_moments(rng: np.random.Generator, duration_s: float, most: int) -> list[Moment]:
    """Draw up to ``most`` moments of 0.5 to 1.5 s, in order of time; as many as the duration has room for."""
    lengths = rng.uniform(0.7, 1.5, most)
    lengths[0] = rng.uniform(0.55, 0.8)
    rng.shuffle(lengths)
    room = duration_s - 2 * END_MARGIN_S
    count = most
    while count and lengths[:count].sum() + LEAST_GAP_S * (count - 1) > room:
        count -= 1
    if not count:
        return []
    spare = room - lengths[:count].sum() - LEAST_GAP_S * (count - 1)
    cuts = np.sort(rng.uniform(0, spare, count))
    moments = []
    for number, (length, cut) in enumerate(zip(lengths[:count], cuts, strict=True)):
        start = END_MARGIN_S + cut + lengths[:number].sum() + LEAST_GAP_S * number
        rise = float(np.clip(rng.uniform(0.2, 0.3) * length, 0.16, 0.36))
        moments.append(Moment(float(start), float(start + length), rise))
    return moments


def natural_behaviour(
    rng: np.random.Generator, time_s: Floats, pauses: Sequence[Moment]
) -> Behaviour:
    """Draw the behaviour of a calm person who sometimes talks; talk and blinks leave ``pauses`` free.

    Amounts are small: mouth and brows drift by about 0.01 of the distance between the outer eye corners, the
    head by about two degrees. Blinks come every 2 to 6 s and last 0.13 to 0.2 s.
    """
    breath = np.sin(
        2 * np.pi * (time_s / _BREATH_S + rng.uniform()) + _drift(rng, time_s, 9.0, 0.6)
    )
    talk = _talk(rng, time_s, pauses)
    lift = _drift(rng, time_s, 3.5, 0.013)
    brow = _drift(rng, time_s, 4.0, 0.009)
    lids = _drift(rng, time_s, 3.0, 0.0025)
    blink = _blinks(rng, time_s, pauses)
    amounts = {
        "smile_l": lift + _drift(rng, time_s, 2.5, 0.003),
        "smile_r": lift + _drift(rng, time_s, 2.5, 0.003),
        "brow_l": brow + _drift(rng, time_s, 2.5, 0.002) + 0.004 * talk["stress"],
        "brow_r": brow + _drift(rng, time_s, 2.5, 0.002) + 0.004 * talk["stress"],
        "widen_l": lids,
        "widen_r": lids,
        "blink_l": blink,
        "blink_r": blink,
        "pucker": _drift(rng, time_s, 3.0, 0.004) + talk["pucker"],
        "jaw": _drift(rng, time_s, 3.2, 0.006) + talk["jaw"],
        "part_lips": _drift(rng, time_s, 2.8, 0.003) + talk["part"],
    }
    head = np.column_stack(
        [
            _drift(rng, time_s, 6.0, 0.9),
            _drift(rng, time_s, 5.0, 0.7) + 0.35 * breath + 0.4 * talk["stress"],
            _drift(rng, time_s, 6.5, 0.6),
            _drift(rng, time_s, 7.0, 0.012),
            _drift(rng, time_s, 7.0, 0.007) - 0.006 * breath,
            1 + _drift(rng, time_s, 8.0, 0.005) + 0.002 * breath,
        ]
    )
    return Behaviour(time_s, amounts, head, breath)


def _drift(rng: np.random.Generator, time_s: Floats, period_s: float, sd: float) -> Floats:
    """Smooth bounded noise of a standard deviation: six sines about a period."""
    periods = period_s * rng.uniform(0.6, 1.9, 6)
    phases = rng.uniform(0, 2 * np.pi, 6)
    weights = rng.uniform(0.6, 1.0, 6)
    waves = np.sin(2 * np.pi * time_s[:, None] / periods + phases) @ weights
    drift: Floats = sd * waves / np.sqrt((weights**2).sum() / 2)
    return drift


def _free(
    time_s: Floats | float, moments: Sequence[Moment], margin_s: float
) -> npt.NDArray[np.bool_]:
    """Where no planted moment is nearer than the margin."""
    times = np.atleast_1d(np.asarray(time_s, np.float64))
    free = np.ones(len(times), bool)
    for moment in moments:
        free &= (times < moment.start_s - margin_s) | (times > moment.end_s + margin_s)
    return free


def _blinks(rng: np.random.Generator, time_s: Floats, pauses: Sequence[Moment]) -> Floats:
    """Lid closure, 0 open to 1 closed: down fast, up slower; sometimes two in a row."""
    closed = np.zeros_like(time_s)
    at = float(rng.uniform(0.8, 3.0))
    while at < time_s[-1]:
        length = float(rng.uniform(0.13, 0.2))
        if _free(np.array([at, at + length]), pauses, _PAUSE_S).all():
            down, up = 0.4 * length, 0.6 * length
            rise = np.clip((time_s - at) / down, 0, 1)
            fall = np.clip((at + down + up - time_s) / up, 0, 1)
            closed = np.maximum(closed, np.sin(np.pi / 2 * np.minimum(rise, fall)))
        at += length + float(
            rng.uniform(0.25, 0.4) if rng.uniform() < 0.1 else rng.gamma(6.0, 0.6) + 0.6
        )
    return closed


def _talk(rng: np.random.Generator, time_s: Floats, pauses: Sequence[Moment]) -> dict[str, Floats]:
    """Stretches of speech-like movement: jaw, lips and rounding by syllable, and stressed syllables."""
    talk = {name: np.zeros_like(time_s) for name in ("jaw", "part", "pucker", "stress")}
    at = float(rng.uniform(0.5, 3.0))
    while at < time_s[-1]:
        end = at + float(rng.uniform(2.0, 4.5))
        while at < end:
            length = float(rng.uniform(0.17, 0.3))
            if _free(np.array([at, at + length]), pauses, _PAUSE_S).all():
                bump = np.sin(np.pi * np.clip((time_s - at) / length, 0, 1)) ** 2
                talk["jaw"] += bump * float(rng.uniform(0.008, 0.03))
                talk["part"] += bump * float(rng.uniform(0.004, 0.016))
                talk["pucker"] += bump * float(rng.normal(0, 0.008))
                talk["stress"] += bump * float(rng.uniform() < 0.25)
            at += length * float(rng.uniform(0.75, 1.1))
        at += float(rng.uniform(2.5, 6.0))
    return talk
