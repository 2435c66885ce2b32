"""Reproduction: the analysis of an evidence package done again, and how far the results agree."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.case import FUSION, PersonScores
from fead_desktop.case.store import Case
from fead_desktop.errors import CaseError, OutputError
from fead_desktop.pipeline.model_choice import as_recorded
from fead_desktop.pipeline.protocol import AnalysisProgress, AnalysisRequest
from fead_desktop.pipeline.supervisor import supervise, supervise_rescore
from fead_desktop.progress import NoProgress
from fead_desktop.report import packages
from fead_desktop.report.packages import PackageError
from fead_desktop.report.source import check_is_recording

#: What may differ on other hardware: so many of the events, found again with the peak so near, are the same set, ...
SHARED_EVENTS, PEAK_S = 0.95, 0.5
#: ... and the ranking score of the middle frame differs by so much of its own spread at most.
RANKING_TOLERANCE = 0.25
#: A normal distribution's spread, from its median absolute deviation.
_MAD_TO_SIGMA = 1.4826


@dataclass(frozen=True)
class ViewDifference:
    """How far a view's scores lie apart, in spreads (robust σ) of the recorded score: at most, and in the middle.

    Infinite where a frame has a score in one of the two only.
    """

    view: str
    largest: float
    median: float
    largest_at_s: float

    def __str__(self) -> str:
        if not self.largest:
            return f"{self.view}: identical"
        if not np.isfinite(self.largest):
            return f"{self.view}: not scored in the same frames"
        return (
            f"{self.view}: at most {self.largest:.3g} σ (at {self.largest_at_s:.1f} s), "
            f"in the middle frame {self.median:.3g} σ"
        )


@dataclass(frozen=True)
class Reproduction:
    """What came out of doing an analysis again.

    differences : by view, the score that ranks first.
    events_recorded, events_again, events_shared : how many there were, are, and are the same by person and peak.
    same_events : every event lies on the very same frames and is flagged or not as before.
    remarks : what is not the same about program, models or persons, as sentences.
    """

    package: Path
    differences: tuple[ViewDifference, ...]
    events_recorded: int
    events_again: int
    events_shared: int
    same_events: bool
    same_persons: bool
    remarks: tuple[str, ...] = ()

    @property
    def identical(self) -> bool:
        """True where every score and every event is the same."""
        return (
            self.same_events and self.same_persons and not any(d.largest for d in self.differences)
        )

    @property
    def ok(self) -> bool:
        """True where the results agree within the tolerance."""
        most = max(self.events_recorded, self.events_again)
        ranking = next((d for d in self.differences if d.view == FUSION), None)
        return (
            self.same_persons
            and self.events_shared >= SHARED_EVENTS * most
            and (ranking is None or ranking.median <= RANKING_TOLERANCE)
        )

    def lines(self) -> list[str]:
        """Return all of it as sentences."""
        if self.identical:
            verdict = "the results are identical"
        elif self.ok:
            verdict = "the results agree within the tolerance for other hardware"
        else:
            verdict = "the results do not agree within the tolerance for other hardware"
        events = (
            "The set of events is the same, frame for frame."
            if self.same_events
            else f"{self.events_shared} events are the same by person and peak, of {self.events_recorded} recorded "
            f"and {self.events_again} found now."
        )
        return [
            f"'{self.package.name}' analysed again: {verdict}.",
            events,
            "Largest difference of each view's scores, in spreads (robust σ) of the recorded score:",
            *(f"- {difference}" for difference in self.differences),
            *self.remarks,
            (
                f"Tolerance for other hardware: {SHARED_EVENTS:.0%} of the events found again with the peak within "
                f"{PEAK_S:g} s, and the ranking score (fusion) of the middle frame within {RANKING_TOLERANCE:g} σ. "
                "On the same machine with the same versions everything is identical."
            ),
        ]


def reproduce(
    package: Path,
    recording: Path,
    on_progress: Callable[[AnalysisProgress], None],
    is_cancelled: Callable[[], bool],
) -> Reproduction:
    """Analyse the recording again with the parameters and models that a package names; blocks.

    It is done in a temporary case; nothing is kept. What the analyst said of baseline, excluded stretches and
    persons is taken from the package's case. ``on_progress`` and ``is_cancelled`` are called in this thread.

    Raises
    ------
    PackageError
        When the file is no package, or a redacted one, which has no case.
    CaseError
        When the recording is not the one of the package.
    FeadError
        What an analysis raises; CancelledError when cancelled.
    """
    with tempfile.TemporaryDirectory(prefix="fead-reproduce-") as room:
        recorded, again = Path(room) / "recorded.fead", Path(room) / "again.fead"
        untouched = _take_case(package, recorded)
        with Case.open(recorded) as case:
            facts, parameters = case.recording, case.parameters
            if facts is None or parameters is None or not case.has_results:
                raise CaseError(f"The case in '{package.name}' holds no results to reproduce.")
            parameters = as_recorded(parameters, case.models)
            edited_since = case.is_stale
            tuning = {} if "grid search" in case.changed_since_scored else case.tuning
        check_is_recording(recording, facts.sha256, NoProgress())
        shutil.copyfile(recorded, again)
        request = AnalysisRequest(recording, again, parameters, restart=True)
        supervise(request, on_progress, is_cancelled)
        if tuning:
            # A restart forgets it with the results; what was scored with it is scored with it again.
            with Case.open(again) as case:
                case.put_tuning(tuning)
            supervise(replace(request, restart=False), on_progress, is_cancelled)
        with Case.open(again) as case:
            edited = case.is_stale
        if edited and not edited_since:
            # The recorded scores are of the persons as the analyst left them.
            supervise_rescore(again, on_progress, is_cancelled)
        with Case.open(recorded) as old, Case.open(again) as new:
            result = compare(package, old, new)
    if untouched:
        return result
    return replace(result, remarks=(*result.remarks, _ALTERED))


def compare(package: Path, old: Case, new: Case) -> Reproduction:
    """Compare the results of two cases of one recording."""
    before, now = _own_events(old), _own_events(new)
    persons = [each.person for each in old.persons()]
    same_persons = persons == [each.person for each in new.persons()]
    remarks = _remarks(old, new)
    if not same_persons:
        remarks.append(_OTHER_PERSONS)
    if old.is_stale:
        remarks.append(_EDITED_SINCE)
    if "range" in old.changed_since_scored:
        remarks.append(_OTHER_RANGES)
    return Reproduction(
        package,
        _differences(old, new, persons),
        len(before),
        len(now),
        _shared(before, now),
        [_frames(event) for event in before] == [_frames(event) for event in now],
        same_persons,
        tuple(remarks),
    )


_OTHER_PERSONS = "Other persons were told apart than in the package, so their scores can't be compared one by one."
_ALTERED = "The case was altered after the package was written: verify the package."
_OTHER_RANGES = (
    "Baseline or left-out stretches were changed after the recorded scores were made, so these can't be repeated as "
    "they are."
)
_EDITED_SINCE = "Persons were edited after the recorded scores were made, so these can't be repeated as they are."


def _take_case(package: Path, target: Path) -> bool:
    """Unpack the case; returns whether it is as the package's list tells."""
    with packages.opened(package) as opened:
        name = opened.case_name()
        if name is None:
            raise PackageError(
                f"'{package.name}' holds no case to reproduce; a redacted package never does."
            )
        try:
            opened.copy_out(name, target, NoProgress())
            return opened.is_as_listed(name, NoProgress())
        except zipfile.BadZipFile as error:
            raise PackageError(f"The case in '{package.name}' was damaged: {error}.") from error
        except OSError as error:
            raise OutputError(f"The case can't be unpacked: {error.strerror or error}.") from error


def _own_events(case: Case) -> list[AnomalyEvent]:
    """Return what the analysis itself found, whatever reviewers changed of it."""
    return [event for event in case.events() if not event.added_by]


def _frames(event: AnomalyEvent) -> tuple[int, int, int, int, bool]:
    at = event.original or event.extent
    return event.person, at.onset_frame, at.peak_frame, at.offset_frame, event.flagged


def _peak_s(event: AnomalyEvent) -> float:
    return (event.original or event.extent).peak_s


def _shared(before: Sequence[AnomalyEvent], now: Sequence[AnomalyEvent]) -> int:
    """Count the events that are there again, each with one of its own: same person, peak near by."""
    left = list(now)
    found = 0
    for event in before:
        near = [
            other
            for other in left
            if other.person == event.person and abs(_peak_s(other) - _peak_s(event)) <= PEAK_S
        ]
        if near:
            left.remove(min(near, key=lambda other: abs(_peak_s(other) - _peak_s(event))))
            found += 1
    return found


def _differences(old: Case, new: Case, persons: Sequence[int]) -> tuple[ViewDifference, ...]:
    by_view: dict[str, list[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]] = {}
    for person in persons:
        one, other = old.person_scores(person), new.person_scores(person)
        if one is None:
            continue
        for name, scores in one.scores.items():
            apart = _apart(one, scores.astype(np.float64), other, name)
            by_view.setdefault(name.partition("/")[0], []).append((one.time_s, apart))
    found = []
    for view, parts in sorted(by_view.items(), key=lambda item: (item[0] != FUSION, item[0])):
        times, apart = (np.concatenate([part[k] for part in parts]) for k in (0, 1))
        known = ~np.isnan(apart)
        if known.any():
            at = int(np.nanargmax(apart))
            found.append(
                ViewDifference(
                    view, float(apart[at]), float(np.median(apart[known])), float(times[at])
                )
            )
    return tuple(found)


def _apart(
    one: PersonScores, scores: npt.NDArray[np.float64], other: PersonScores | None, name: str
) -> npt.NDArray[np.float64]:
    """Return the distance of two scores in spreads, (n,): NaN where neither has one, inf where one has none."""
    theirs = np.full(len(scores), np.nan)
    if other is not None and name in other.scores:
        _, here, there = np.intersect1d(
            one.frame_number, other.frame_number, assume_unique=True, return_indices=True
        )
        theirs[here] = other.scores[name][there]
    known = scores[np.isfinite(scores)]
    spread = 1.0
    if len(known):
        spread = _MAD_TO_SIGMA * float(np.median(np.abs(known - np.median(known))))
        spread = spread or float(known.std()) or 1.0
    apart = np.abs(scores - theirs) / spread
    return np.where(np.isnan(scores) != np.isnan(theirs), np.inf, apart)


def _remarks(old: Case, new: Case) -> list[str]:
    found = []
    before, now = ({model.name: model.sha256 for model in case.models} for case in (old, new))
    if before != now:
        other = sorted(name for name in set(before) | set(now) if before.get(name) != now.get(name))
        found.append(f"Other models took part: {', '.join(other)}.")
    had, has = old.versions, new.versions
    changed = [
        f"{name} {had.get(name, 'none')} → {has.get(name, 'none')}"
        for name in sorted(set(had) | set(has))
        if had.get(name) != has.get(name)
    ]
    if changed:
        found.append(f"Other versions than recorded: {'; '.join(changed)}.")
    return found
