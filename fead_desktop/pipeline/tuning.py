"""Grid search over the detectors' parameters for every person of a case."""

from __future__ import annotations

from pathlib import Path

from fead_desktop.anomalies.scoring import is_short
from fead_desktop.anomalies.tuning import GRIDS, Tuned, tune
from fead_desktop.anomalies.views import EMOTION_VIEW, EXPRESSION, build_views, one_face_a_frame
from fead_desktop.case.lock import WorkerLock
from fead_desktop.case.store import Case
from fead_desktop.errors import CaseError
from fead_desktop.features.table import UNASSIGNED
from fead_desktop.pipeline.flagging import baseline_rows, without_excluded
from fead_desktop.progress import Progress

SEARCHING = "searching"
_TITLE = "Searching the detectors' parameters"

#: The views whose columns an analyst reads; components and embeddings are lanes of how a face looks.
VIEWS = (EXPRESSION, EMOTION_VIEW)


def tune_case(path: Path, progress: Progress) -> None:
    """Search for every person who is long enough in the recording, and keep what was found in the case.

    Raises
    ------
    CaseError
        Without results, or where nobody was scored for long enough.
    CancelledError
        If the analyst cancelled; an earlier search is kept.
    """
    with WorkerLock(path), Case.open(path, check=False) as case:
        if not case.has_results:
            raise CaseError("There are no results to search for; analyse the recording first.")
        marks, features = case.marks(), case.features()
        seed = case.parameters.seed if case.parameters is not None else 1
        persons = sorted({int(number) for number in features.person} - {UNASSIGNED})
        steps = [
            (number, view, detector) for number in persons for view in VIEWS for detector in GRIDS
        ]
        found: dict[int, list[Tuned]] = {}
        for done, (number, name, detector) in enumerate(steps):
            progress.report(SEARCHING, done, len(steps), _TITLE)
            table = without_excluded(one_face_a_frame(features.of_person(number)), marks, number)
            views = build_views(table, None, baseline_rows(table, marks, number))
            view = views.get(name)
            if view is None or is_short(view, table.time_s):
                continue
            found.setdefault(number, []).extend(
                tune(view, table.time_s, detectors=(detector,), seed=seed, progress=progress)
            )
        if not found:
            raise CaseError("Nobody is seen well for long enough to search parameters for.")
        case.put_tuning(found)
        progress.report(SEARCHING, 1, 1, _TITLE)
