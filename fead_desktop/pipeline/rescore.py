"""Score again what the analyst's edits of the persons changed, from what the case holds; nobody else is touched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fead_desktop.case.lock import WorkerLock
from fead_desktop.case.store import (
    ASSIGNMENT_STAGE,
    CROPS_STAGE,
    FACES_STAGE,
    FRAMES_STAGE,
    SCORES_STAGE,
    Case,
)
from fead_desktop.errors import CaseError
from fead_desktop.pipeline.event_stage import EventStage, RefineStage
from fead_desktop.pipeline.meter import Expected, ProgressMeter
from fead_desktop.pipeline.protocol import AnalysisProgress, AnalysisRequest
from fead_desktop.pipeline.recording import recording_of
from fead_desktop.pipeline.results import put_results
from fead_desktop.pipeline.run import Run, Stage
from fead_desktop.pipeline.runner import run_stages
from fead_desktop.pipeline.score_stage import (
    ComponentStage,
    NetworkStage,
    RankingStage,
    ScoreStage,
)
from fead_desktop.progress import Progress
from fead_desktop.video.frame_index import build_frame_index

#: The stages whose chunks belong to a person or to one of a person's events, in order.
PERSON_STAGES: tuple[Stage, ...] = (
    RankingStage(), EventStage(), NetworkStage(), ComponentStage(), ScoreStage(), RefineStage(),
)  # fmt: skip

_READING = "reading"


def rescore(
    case_path: Path,
    send: Callable[[AnalysisProgress], None],
    is_cancelled: Callable[[], bool],
) -> tuple[int, ...]:
    """Score the persons whose faces have changed, and rank all events again; returns who was scored.

    The results are those of a fresh analysis with the same assignment. They replace the old ones all at once, at
    the end: until then, and where this is cancelled or dies, the old ones stay.

    Raises
    ------
    CaseError
        Without results, or when the recording is not where it was or is another one.
    CancelledError
        If the analyst cancelled.
    """
    weights = {_READING: Expected(1.0)}
    weights |= {stage.name: Expected(stage.weight) for stage in PERSON_STAGES}
    progress = ProgressMeter(weights, send, is_cancelled)
    with WorkerLock(case_path), Case.open(case_path, check=False) as case:
        if not case.has_results:
            raise CaseError("There are no results to score again; analyse the recording first.")
        return score_persons(case, progress) if case.is_stale else ()


def score_persons(case: Case, progress: Progress) -> tuple[int, ...]:
    """Make all that is not current of each person, and put the results into the case; returns who was scored."""
    run = _run_of(case, progress)
    try:
        timings = run_stages(run, PERSON_STAGES, after=ASSIGNMENT_STAGE)
        products = [product for stage in PERSON_STAGES for product in stage.makes]
        put_results(run, {**case.timings, **timings}, again=products)
        return tuple(sorted((run.staged or {}).get(SCORES_STAGE, ())))
    finally:
        run.close()


def _run_of(case: Case, progress: Progress) -> Run:
    """Return a run that takes faces and tracks as the case holds them, and keeps what it makes until the end."""
    parameters = case.parameters
    if parameters is None:
        raise CaseError("There are no results to score again; analyse the recording first.")
    progress.report(_READING, 0, 1, "Reading the recording")
    path = recording_of(case, "Scoring the persons again", progress)
    index = build_frame_index(path, progress, parameters.video_stream)
    facts = case.recording
    request = AnalysisRequest(path, case.path, parameters)
    run = Run(request, case, index, "" if facts is None else facts.sha256, progress, staged={})
    run.adopt(FACES_STAGE, FRAMES_STAGE, CROPS_STAGE, ASSIGNMENT_STAGE)
    return run
