"""Commands that analyse recordings."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from fead_desktop.case.parameters import AnalysisParameters, parse_region
from fead_desktop.case.purpose import Purpose
from fead_desktop.case.store import Case
from fead_desktop.cli.terminal import ProgressStyle, interrupt_sets, say, shown_progress
from fead_desktop.errors import UsageError
from fead_desktop.pipeline.protocol import AnalysisOutcome, AnalysisRequest

app = typer.Typer()


class DetectorName(StrEnum):
    """Face detectors."""

    AUTO = "auto"
    MTCNN = "mtcnn"
    BLAZEFACE = "blazeface"
    YUNET = "yunet"


class EmbedderName(StrEnum):
    """Identity embedders."""

    AUTO = "auto"
    FACENET = "facenet"
    DLIB = "dlib"


@app.command()
def analyze(
    recording: Annotated[Path, typer.Argument(help="The recording.", readable=False)],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Folder for all outputs; default: RECORDING-fead here."
        ),
    ] = None,
    fps: Annotated[float, typer.Option(help="Analysed frames a second; 0 = every frame.")] = 10.0,
    start: Annotated[float | None, typer.Option(help="Begin at this second.")] = None,
    end: Annotated[float | None, typer.Option(help="End at this second.")] = None,
    detector: Annotated[DetectorName, typer.Option(help="Face detector.")] = DetectorName.AUTO,
    embedder: Annotated[EmbedderName, typer.Option(help="Identity embedder.")] = EmbedderName.AUTO,
    num_anomalies: Annotated[int, typer.Option(help="How many events are listed.")] = 10,
    false_alarms: Annotated[
        float,
        typer.Option(
            "--false-alarms",
            help="Expected false alarms a minute, for each person, at which moments are flagged.",
        ),
    ] = AnalysisParameters.false_alarms_per_minute,
    num_components: Annotated[
        str, typer.Option(help="UMAP components: a number, or auto.")
    ] = "auto",
    batch_size: Annotated[int, typer.Option(help="Faces per model call.")] = 32,
    video_stream: Annotated[
        int | None, typer.Option(help="Number of the video stream, from 0; default: the best one.")
    ] = None,
    region: Annotated[
        str,
        typer.Option(
            help="Search faces here only: x,y,width,height in pixels; default: everywhere."
        ),
    ] = "",
    progress: Annotated[
        ProgressStyle, typer.Option(help="How progress is shown.")
    ] = ProgressStyle.RICH,
    restart: Annotated[
        bool, typer.Option("--restart", help="Forget earlier results and start anew.")
    ] = False,
    purpose: Annotated[
        str | None, typer.Option(help="What it is analysed for; kept in the case and its reports.")
    ] = None,
    legal_basis: Annotated[str | None, typer.Option(help="On what legal basis; kept too.")] = None,
) -> int:
    """Analyse a recording: case, summary, a table per person, aligned faces."""
    folder = output or Path(f"{recording.stem}-fead")
    parameters = AnalysisParameters(
        rate_fps=fps,
        start_s=start,
        end_s=end,
        detector=detector.value,
        embedder=embedder.value,
        num_anomalies=num_anomalies,
        false_alarms_per_minute=false_alarms,
        num_components=_number_of_components(num_components),
        batch_size=batch_size,
        video_stream=video_stream,
        region=parse_region(region),
    )
    case = folder / f"{recording.stem}.fead"
    request = AnalysisRequest(recording, case, parameters, folder, restart)
    Purpose(purpose or "", legal_basis or "").checked()  # before hours are spent
    try:
        outcome = _supervise(request, progress)
    finally:
        # Also where nobody was found or the analysis was cancelled: the case is there.
        if case.is_file():
            _state_purpose(case, purpose, legal_basis)
    for remark in outcome.remarks:
        say(remark)
    _print_result(outcome)
    return 0


@app.command()
def batch(
    recordings: Annotated[
        list[Path], typer.Argument(help="Recordings, or folders of them.", readable=False)
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for a folder of each recording.")
    ],
    workers: Annotated[
        int, typer.Option(help="Recordings at a time on this machine.", min=1, max=64)
    ] = 1,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a dask scheduler; analyse on its workers.")
    ] = None,
    fps: Annotated[float, typer.Option(help="Analysed frames a second; 0 = every frame.")] = 10.0,
    num_anomalies: Annotated[int, typer.Option(help="How many events are listed.")] = 10,
) -> int:
    """Analyse many recordings; what an earlier batch finished is not done again."""
    from fead_desktop.pipeline.batch import BatchResult, batch_requests, run_here, run_on_cluster
    from fead_desktop.report.files import check_writable

    parameters = AnalysisParameters(rate_fps=fps, num_anomalies=num_anomalies)
    requests = batch_requests(recordings, output, parameters)
    check_writable(output)
    results: list[BatchResult] = []

    def done(result: BatchResult) -> None:
        results.append(result)
        said = result.problem
        if result.outcome is not None:
            events, persons = result.outcome.events, result.outcome.persons
            said = f"{events} events, {persons} persons in {result.seconds:.0f} s"
        typer.echo(f"[{len(results)}/{len(requests)}] {result.recording.name}: {said}")

    with interrupt_sets() as cancelled:
        if scheduler is None:
            run_here(requests, workers, done, cancelled.is_set)
        else:
            run_on_cluster(requests, scheduler, done, cancelled.is_set)
    failed = [result for result in results if result.outcome is None]
    if failed:
        typer.echo(f"{len(results) - len(failed)} of {len(results)} recordings were analysed.")
    return failed[0].exit_code if failed else 0


def _state_purpose(case: Path, purpose: str | None, legal_basis: str | None) -> None:
    if purpose is None and legal_basis is None:
        return
    with Case.open(case) as opened:
        before = opened.purpose or Purpose()
        opened.put_purpose(
            Purpose(
                before.purpose if purpose is None else purpose,
                before.legal_basis if legal_basis is None else legal_basis,
            )
        )


def _number_of_components(text: str) -> int:
    if text == "auto":
        return 0
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise UsageError("The number of components must be a number from 1 to 100, or auto.")
    return int(text)


def _supervise(request: AnalysisRequest, style: ProgressStyle) -> AnalysisOutcome:
    from fead_desktop.pipeline.supervisor import supervise

    with interrupt_sets() as cancelled, shown_progress(style) as show:
        return supervise(request, show, cancelled.is_set)


def _print_result(outcome: AnalysisOutcome) -> None:
    from fead_desktop.video.timebase import format_timecode

    with Case.open(outcome.case) as case:
        events, persons = case.machine_events(), case.persons()
    typer.echo(f"Time of top {len(events)} anomalies:")
    for event in events:
        reasons: Any = "; ".join(str(reason) for reason in event.reasons[:3])
        flag = "  flagged" if event.flagged else ""
        typer.echo(
            f"- {format_timecode(event.peak_s)}  person {event.person}  {reasons}".rstrip() + flag
        )
    folder = outcome.output or outcome.case.parent
    for person in persons:
        name = f"anomaly_detection_results_person_{person.person}.csv"
        typer.echo(f"Details saved to '{folder / name}'")
