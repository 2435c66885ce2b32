"""Run what is stale, chunk by chunk; resume; stop between chunks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from fead_desktop.case.lock import WorkerLock
from fead_desktop.case.store import ASSIGNMENT_STAGE, FACES_STAGE, Case
from fead_desktop.errors import CaseError, NoFaceError
from fead_desktop.models.device import give_memory_back
from fead_desktop.pipeline.meter import Expected, ProgressMeter
from fead_desktop.pipeline.pace import known_pace, remember_pace
from fead_desktop.pipeline.protocol import AnalysisOutcome, AnalysisProgress, AnalysisRequest
from fead_desktop.pipeline.provisional import Provisional
from fead_desktop.pipeline.reading import READING, read_recording, state_of
from fead_desktop.pipeline.reading import TITLE as READING_TITLE
from fead_desktop.pipeline.results import check_folder, first_facts, put_results, write_outputs
from fead_desktop.pipeline.run import Run, Stage, Steps
from fead_desktop.pipeline.score_stage import persons_of
from fead_desktop.pipeline.stages import STAGES
from fead_desktop.report.files import check_writable

_WRITING, _WRITING_TITLE = "writing", "Writing the results"

#: While the recording is being read.
_USUAL_FRAMES = 1000

#: What is expected counts like this share of the analysis, found right, where this machine's pace is known: at the
#: beginning the time that a part takes says little, because the companion imports its packages beside it.
_TRUSTED_WHERE_KNOWN, _TRUSTED = 0.5, 0.01


def analyze(
    request: AnalysisRequest,
    send: Callable[[AnalysisProgress], None],
    is_cancelled: Callable[[], bool],
) -> AnalysisOutcome:
    """Analyse a recording into its case; what a case already holds and is current is not done again.

    Raises
    ------
    FeadError
        With the exit code of the command line. Whatever was finished before stays in the case.
    """
    progress = meter(send, is_cancelled)
    progress.report(READING, 0, 1, READING_TITLE)
    state = state_of(request.recording) if request.recording.exists() else None
    index, sha256 = read_recording(request, progress)
    if request.output is not None:
        check_writable(request.output)
    with WorkerLock(request.case), open_case(request.case) as case:
        run = Run(request, case, index, sha256, progress, state=state)
        run.take_faces = Provisional(progress.tell).take if request.provisional else None
        run.check()
        progress.expect(expected_times(len(run.frame_numbers)))
        is_new = case.recording is None or request.restart
        prepare_case(run)
        if request.output is not None:
            check_folder(request.output, sha256)
        try:
            timings = run_stages(run)
            if is_new:
                remember_pace(
                    _usual_times(STAGES, len(run.features()), len(persons_of(run))), timings
                )
            progress.report(_WRITING, 0, 1, _WRITING_TITLE)
            put_results(run, timings)
            if request.output is not None:
                write_outputs(case, request.output, progress)
            progress.report(_WRITING, 1, 1, _WRITING_TITLE)
            return outcome_of(run)
        finally:
            run.close()


def meter(
    send: Callable[[AnalysisProgress], None],
    is_cancelled: Callable[[], bool],
    clock: Callable[[], float] = time.monotonic,
) -> ProgressMeter:
    """Return the progress of an analysis that has not read its recording yet."""
    trusted = _TRUSTED_WHERE_KNOWN if known_pace() else _TRUSTED
    return ProgressMeter(expected_times(_USUAL_FRAMES), send, is_cancelled, clock, trusted)


def expected_times(
    frames: int, persons: int = 1, stages: Sequence[Stage] | None = None
) -> dict[str, Expected]:
    """Return the seconds that reading, stages and writing take on a machine like this one, as far as that is known."""
    wanted = STAGES if stages is None else stages
    pace = known_pace()
    times = {
        name: usual.times(pace.get(name, 1.0))
        for name, usual in _usual_times(wanted, frames, persons).items()
    }
    return {
        READING: Expected(0.0, paced=False),
        **times,
        _WRITING: Expected(0.2 + 0.00005 * frames),
    }


def _usual_times(stages: Sequence[Stage], frames: int, persons: int) -> dict[str, Expected]:
    return {stage.name: stage.usual_s(frames, persons) for stage in stages}


def open_case(path: Path) -> Case:
    """Open the case, or make it."""
    return Case.open(path) if path.exists() else Case.create(path)


def prepare_case(run: Run) -> None:
    """Bind the case to its recording.

    Raises
    ------
    CaseError
        When the case belongs to another recording.
    """
    known = run.case.recording
    if known is not None and known.sha256 != run.sha256:
        raise CaseError(
            f"The case '{run.case.path.name}' belongs to another recording, or '{run.request.recording.name}' "
            "has changed since (its SHA-256 differs); choose another output folder for it."
        )
    if run.request.restart:
        run.case.clear()
    if known is None:
        run.case.recording = first_facts(run)
    run.case.log("analysis started", parameters=run.request.parameters.to_dict())


def run_stages(
    run: Run, stages: Sequence[Stage] | None = None, after: str = ""
) -> dict[str, float]:
    """Make every chunk that is missing or stale; returns the seconds spent on each stage.

    ``stages`` None = all; else those that follow the stage ``after``, which is there.
    """
    timings: dict[str, float] = {}
    wanted = STAGES if stages is None else stages
    _begin_after(run, wanted, after)
    for stage in wanted:
        began = time.perf_counter()
        run_stage(run, stage)
        give_memory_back()
        if stage.name == ASSIGNMENT_STAGE and isinstance(run.progress, ProgressMeter):
            _expect_persons(run, run.progress, wanted[wanted.index(stage) + 1 :])
        _begin_after(run, wanted, stage.name)
        timings[stage.name] = time.perf_counter() - began
    return timings


def _expect_persons(run: Run, meter: ProgressMeter, stages: Sequence[Stage]) -> None:
    rows, persons = len(run.features()), len(persons_of(run))
    times = expected_times(rows, persons, stages)
    meter.expect({stage.name: times[stage.name] for stage in stages})


def _begin_after(run: Run, stages: Sequence[Stage], name: str) -> None:
    for later in stages:
        if name and later.begins_after == name:
            later.begin(run)


def run_stage(run: Run, stage: Stage) -> None:
    """Make the chunks of one stage that are not in the case yet, and forget those that no longer exist."""
    numbers = stage.chunks(run)
    fingerprints = {number: run.fingerprint(stage, number) for number in numbers}
    stale = {n for n, known in fingerprints.items() if not run.has_chunk(stage.name, n, known)}
    if isinstance(run.progress, ProgressMeter):
        run.progress.shrink(stage.name, len(stale) / max(len(numbers), 1))
    run.steps = Steps(run.progress, stage.name, stage.title, len(stale))
    for number, fingerprint in fingerprints.items():
        run.progress.raise_if_cancelled()
        made = number in stale
        if made:
            run.steps.report(0.0)
            if stage.name == FACES_STAGE and run.take_faces is None:
                _ = run.companion  # imports while faces are being found
            products = stage.make(run, number)
            run.check_unchanged()
            run.keep(number, fingerprint, products)
            run.steps.done += 1
        if stage.name == FACES_STAGE and run.take_faces is not None:
            run.take_faces(run, number, made)
            if made:
                _ = run.companion  # only now: what is told first has the processor to itself
    if stage.name == FACES_STAGE:
        run.take_faces = None  # its rows would only fill memory from here on
    for product in stage.makes:
        run.keep_only(product, numbers)
    run.progress.report(stage.name, 1, 1, stage.title)


def outcome_of(run: Run) -> AnalysisOutcome:
    """Return the outcome; :class:`NoFaceError` where there was nobody to analyse."""
    events, persons = run.case.machine_events(), run.case.persons()
    coverage = run.case.coverage
    if coverage is not None and coverage.frames_with_face == 0:
        raise NoFaceError(
            f"No face was found in '{run.request.recording.name}'; the case with its coverage was written to "
            f"'{run.case.path}'."
        )
    return AnalysisOutcome(
        run.case.path, run.request.output, len(events), len(persons), tuple(run.remarks)
    )
