"""Artefact triage: could something other than an expression have made an event?

Each likelihood is a ramp over one measured quantity: 0 up to its first value, 1 from its second on, and 0.5, from
which on an event is labelled, half-way. Nothing is learned, so that each label can be checked by eye. Around
the peak counts the second largest value of the rows (:func:`_strongest`).

=============== =====================================================================================================
head turn       yaw or pitch away from the person's median, in degrees beyond 1.5 robust σ: 2.5 to 7.5. What a blurred
                or covered face seems to turn is the mesh's guess, so it counts only as far as the face was seen.
blur            halvings of the face's sharpness (variance of the Laplacian over the squared brightness): 1.2 to 2.2
light change    doublings or halvings of the face's brightness, or their range around the peak: 0.2 to 0.45
small face      distance between the outer eye corners in pixels: 36 down to 20
occlusion       share of the face that shows something else than usual once the light is taken out, beyond what is
                usual: 0.03 to 0.09; or share that hands cover: 0.01 to 0.04
shot cut        seconds between the event and the nearest cut: 0.8 down to 0.2
detector switch jump of the box between two analysed frames, in its widths: 0.2 to 0.5; or seconds for which the face
                was lost: 0.25 to 0.55
extreme gaze    way of the irises from the person's usual place, in eye widths: 0.10 to 0.20 (about 15 to 30 degrees);
                times the share of the eyes in the event's reasons
speech          correlation of the mouth's opening with the sound's level, 0 to 0.25 s later or earlier at most
                (Chandrasekaran et al. 2009, PLoS Computational Biology 5(7)): 0.35 to 0.65; times the share of time
                with sound (0.2 to 0.4), times how far the mouth moves, times its share in the event's reasons
=============== =====================================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.events import AnomalyEvent, Artefact
from fead_desktop.features.measures import MEASURES_BY_NAME
from fead_desktop.features.table import FeatureTable

Floats = npt.NDArray[np.float64]

#: From this likelihood on an event is labelled.
LIKELY = 0.5

#: In the order in which they win where two are equally likely: what spoils the mesh comes first, and blur before
#: occlusion, which leaves a face sharp.
KINDS = (
    "shot cut",
    "detector switch",
    "small face",
    "blur",
    "occlusion",
    "light change",
    "head turn",
    "extreme gaze",
    "speech",
)

#: The rows that are looked at: so near to the peak, and so far beyond the event's ends at most.
NEAR_PEAK_S, BEYOND_S = 0.7, 0.4
#: Speech is looked for this far around the peak.
SPEECH_S = 1.5
#: What is later than the mouth: the sound reaches the microphone and the picture is an average.
_LAGS_S = np.arange(-0.25, 0.251, 0.05)
#: Decibels above the quietest tenth from which on something sounds, and below which nothing does.
_SOUND_DB, _SILENCE_DB = 9.0, -55.0
#: Least usual spread of the mouth's opening while somebody talks, in outer eye distances.
_TALKING = 0.007

_EYE_UNITS = ("AU1", "AU2", "AU4", "AU5", "AU6", "AU7")
_MOUTH_UNITS = ("AU10", "AU12", "AU14", "AU15", "AU17", "AU18", "AU20", "AU24", "AU25", "AU26")


@dataclass(frozen=True)
class Looks:
    """How the faces of some rows look, NaN where that is not known.

    light, changed : (n,) as in :class:`fead_desktop.faces.appearance.Difference`
    gaze : (n, 2) as :func:`fead_desktop.faces.appearance.gaze_of` gives it
    """

    light: Floats
    changed: Floats
    gaze: Floats

    @classmethod
    def unknown(cls, n: int) -> Looks:
        """Return the looks of rows of which no picture is kept."""
        return cls(np.full(n, np.nan), np.full(n, np.nan), np.full((n, 2), np.nan))


@dataclass(frozen=True)
class Sound:
    """The sound's level around an event: ``time_s`` (k,), ``level_db`` (k,) below full scale."""

    time_s: Floats
    level_db: Floats


@dataclass(frozen=True)
class Surroundings:
    """What is known around one event.

    near : FeatureTable
        Rows of the event's face in time order, :data:`SPEECH_S` around it or more. They may belong to another
        person: a face too blurred to be recognised is still the same face.
    near_looks : looks of these rows.
    usual_looks : looks of some of the person's other rows.
    cuts_s : times at which a shot begins.
    sound : None where the recording has none.
    """

    near: FeatureTable
    near_looks: Looks
    usual_looks: Looks
    cuts_s: Floats = field(default_factory=lambda: np.empty(0))
    sound: Sound | None = None


def artefact_of(event: AnomalyEvent, usual: FeatureTable, around: Surroundings) -> Artefact:
    """Return what other than an expression may have made an event.

    Parameters
    ----------
    event : AnomalyEvent
    usual : FeatureTable
        All of the person's rows.
    around : Surroundings
    """
    near, looks = around.near, around.near_looks
    time_s = near.time_s
    core = np.abs(time_s - event.peak_s) <= NEAR_PEAK_S
    core &= (time_s >= event.onset_s - BEYOND_S) & (time_s <= event.offset_s + BEYOND_S)
    found = {
        "shot cut": _cut(event, around.cuts_s),
        "detector switch": _switch(near, core),
        "small face": _ramp(_strongest(-_column(near, "size_px")[core]), -36.0, -20.0),
        "occlusion": _occlusion(near, looks, around.usual_looks, core),
        "blur": _ramp(_strongest(_median(_sharpness(usual)) - _sharpness(near)[core]), 1.2, 2.2),
        "light change": _ramp(_light(looks, around.usual_looks, core), 0.2, 0.45),
        "head turn": _turn(near, usual, core),
        "extreme gaze": _gaze(looks, around.usual_looks, core),
        "speech": _speech(event, near, around.sound),
    }
    hidden = max(found["occlusion"] or 0.0, found["blur"] or 0.0)
    for kind, part in (
        ("head turn", 1.0),
        ("extreme gaze", _share(event, _EYE_UNITS)),
        ("speech", _share(event, _MOUTH_UNITS)),
    ):
        likelihood = found[kind]
        found[kind] = None if likelihood is None else likelihood * part * (1 - hidden)
    return labelled({kind: found[kind] for kind in KINDS})


def labelled(likelihoods: Mapping[str, float | None]) -> Artefact:
    """Return the artefact with its most likely cause as the label, if it is likely at all."""
    rounded = {k: None if v is None else round(v, 3) for k, v in likelihoods.items()}
    best = max(rounded, key=lambda kind: rounded[kind] or 0.0)
    highest = rounded[best] or 0.0
    return Artefact(best if highest >= LIKELY else None, highest, rounded)


def _cut(event: AnomalyEvent, cuts_s: Floats) -> float:
    apart = np.maximum(event.onset_s - cuts_s, cuts_s - event.offset_s)
    return _ramp(-float(np.min(np.maximum(apart, 0.0), initial=np.inf)), -0.8, -0.2) or 0.0


def _switch(near: FeatureTable, core: npt.NDArray[np.bool_]) -> float | None:
    """Look at the steps between neighbouring rows, one of which at least lies in the core."""
    beside = core[1:] | core[:-1]
    if not beside.any():
        return None
    time_s = near.time_s
    step_s = np.diff(time_s)
    interval = float(np.median(step_s))
    same_shot = np.diff(near["shot"].astype(np.int64)) == 0
    steps = beside & same_shot
    lost_s = float(np.max((step_s - interval)[steps], initial=0.0))
    width = _column(near, "box_width")
    x = _column(near, "box_x") + width / 2
    y = _column(near, "box_y") + _column(near, "box_height") / 2
    moved = np.hypot(np.diff(x), np.diff(y)) / width[1:]
    grown = np.abs(np.diff(np.log2(width)) - np.diff(np.log2(_column(near, "size_px"))))
    near_in_time = steps & (step_s <= 2 * interval)
    jump = np.maximum(np.nan_to_num(moved), np.nan_to_num(grown))[near_in_time]
    jumped = _ramp(float(np.max(jump, initial=0.0)), 0.2, 0.5) or 0.0
    return max(jumped, _ramp(lost_s, 0.25, 0.55) or 0.0)


def _occlusion(
    near: FeatureTable, looks: Looks, usual: Looks, core: npt.NDArray[np.bool_]
) -> float | None:
    hands = _ramp(_strongest(_column(near, "occlusion")[core]), 0.01, 0.04)
    other = _ramp(_strongest(looks.changed[core]) - _median(usual.changed), 0.03, 0.09)
    known = [each for each in (hands, other) if each is not None]
    return max(known) if known else None


def _light(looks: Looks, usual: Looks, core: npt.NDArray[np.bool_]) -> float:
    """Return the larger of the way from what is usual and the range around the peak."""
    light = looks.light[core]
    if not np.isfinite(light).any():
        return np.nan
    away = _strongest(np.abs(light - _median(usual.light)))
    span = float(np.subtract(*np.nanpercentile(light, (90, 10))))
    return float(np.nanmax([away, span]))


def _turn(near: FeatureTable, usual: FeatureTable, core: npt.NDArray[np.bool_]) -> float | None:
    beyond = []
    for name in ("yaw_deg", "pitch_deg"):
        usually = _column(usual, name)
        middle = _median(usually)
        spread = 1.4826 * _median(np.abs(usually - middle))
        beyond.append(_strongest(np.abs(_column(near, name)[core] - middle)) - 1.5 * spread)
    return _ramp(float(np.nanmax(beyond)) if np.isfinite(beyond).any() else np.nan, 2.5, 7.5)


def _gaze(looks: Looks, usual: Looks, core: npt.NDArray[np.bool_]) -> float | None:
    middle = [_median(usual.gaze[:, axis]) for axis in (0, 1)]
    return _ramp(_strongest(np.hypot(*(looks.gaze[core] - middle).T)), 0.10, 0.20)


def _speech(event: AnomalyEvent, near: FeatureTable, sound: Sound | None) -> float | None:
    """Compare the mouth's opening with the sound's level."""
    if sound is None or not len(sound.time_s):
        return None
    mouth = _column(near, "mouth_open")
    rows = (np.abs(near.time_s - event.peak_s) <= SPEECH_S) & np.isfinite(mouth)
    if rows.sum() < 8:
        return None
    times, mouth = near.time_s[rows], mouth[rows]
    least = max(float(np.quantile(sound.level_db, 0.1)) + _SOUND_DB, _SILENCE_DB)
    here = np.abs(sound.time_s - event.peak_s) <= SPEECH_S
    sounding = float((sound.level_db[here] > least).mean()) if here.any() else 0.0
    level = np.maximum(sound.level_db, least - _SOUND_DB)
    alike = max(_correlation(mouth, np.interp(times + lag, sound.time_s, level)) for lag in _LAGS_S)
    moves = float(np.std(mouth)) / _TALKING
    parts = (_ramp(alike, 0.35, 0.65), _ramp(sounding, 0.2, 0.4), _ramp(moves, 1.0, 2.0))
    return float(np.prod([part or 0.0 for part in parts]))


def _correlation(a: Floats, b: Floats) -> float:
    spread = float(a.std() * b.std())
    return 0.0 if spread < 1e-9 else float(((a - a.mean()) * (b - b.mean())).mean()) / spread


def _share(event: AnomalyEvent, units: tuple[str, ...]) -> float:
    """Return the share of the event's reasons that lie near some action units; 1 where it has no reasons."""
    total = sum(reason.share for reason in event.reasons)
    if total <= 0:
        return 1.0
    own = sum(
        reason.share
        for reason in event.reasons
        if reason.measure in MEASURES_BY_NAME
        and MEASURES_BY_NAME[reason.measure].action_unit in units
    )
    return own / total


def _sharpness(table: FeatureTable) -> Floats:
    """Return the logarithm to base 2 of the sharpness, free of how bright the face is."""
    bright = np.maximum(_column(table, "brightness"), 1.0)
    return np.asarray(np.log2(np.maximum(_column(table, "sharpness"), 1e-3) / bright**2))


def _column(table: FeatureTable, name: str) -> Floats:
    return table[name].astype(np.float64)


def _median(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else np.nan


def _strongest(values: Floats) -> float:
    """Return the second largest of four or more values, else the largest: one bad row is none."""
    known = np.sort(values[np.isfinite(values)])
    if not len(known):
        return np.nan
    return float(known[-2] if len(known) >= 4 else known[-1])


def _ramp(value: float, low: float, high: float) -> float | None:
    """Return 0 up to ``low``, 1 from ``high`` on; None where the value is not known."""
    if np.isnan(value):
        return None
    return float(np.clip((value - low) / (high - low), 0.0, 1.0))
