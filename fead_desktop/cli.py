"""The commands; every one calls what the window calls."""

from __future__ import annotations

import contextlib
import errno
import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from fead_desktop import APP_NAME, __version__, logs
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.store import Case
from fead_desktop.errors import FeadError, OutputError, UsageError
from fead_desktop.pipeline.protocol import AnalysisOutcome, AnalysisProgress, AnalysisRequest

OpenWindow = Callable[[str | None], int]

#: What standard output ends with where it is a file on a full disk, or on one that takes no more.
_UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})

app = typer.Typer(
    name="fead",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Finds the moments of a recording in which a person's apparent expression is unusual for that person, "
    "for human review. Without a command it opens the window.",
)
models_app = typer.Typer(help="Pretrained weights: list, import, verify, fetch.")
app.add_typer(models_app, name="models")


class ProgressStyle(StrEnum):
    """How progress is shown on standard error."""

    RICH = "rich"
    JSON = "json"
    NONE = "none"


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


def main(arguments: Sequence[str], *, open_window: OpenWindow) -> int:
    """Run a command and return its exit code; ``open_window`` shows a case or recording.

    Errors end as one sentence on standard error; their traceback goes to the log.
    """
    log_file = logs.start_logging("worker.log" if arguments[:1] == ["worker"] else "fead.log")
    try:
        code = app(list(arguments), standalone_mode=False, obj=open_window)
    except FeadError as error:
        logs.logger("cli").info("ended with an error", exc_info=True)
        _say(str(error))
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        _say("Cancelled.")
        return 130
    except Exception as error:
        if hasattr(error, "format_message") and hasattr(error, "exit_code"):  # click's own
            _say(_usage_sentence(error.format_message()))
            return 2
        if isinstance(error, OSError) and error.errno in _UNWRITABLE:
            _say(f"The output can't be written: {error.strerror}.")
            return OutputError.exit_code
        logs.logger("cli").exception("unexpected error")
        where = f" The details are in '{log_file}'." if log_file else ""
        _say(f"Something unexpected went wrong ({type(error).__name__}).{where}")
        return 1
    if code == 130:  # typer's answer to Ctrl-C
        _say("Cancelled.")
    return code if isinstance(code, int) else 0


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
) -> int:
    """Open the window when no command is given."""
    if version:
        typer.echo(f"{APP_NAME} {__version__}")
        return 0
    if context.invoked_subcommand is None:
        return _open_window(context, None)
    return 0


@app.command("open")
def open_command(
    context: typer.Context,
    path: Annotated[
        Path | None, typer.Argument(help="A case (.fead) or a recording.", readable=False)
    ] = None,
) -> int:
    """Open the window, on a case or recording if one is named."""
    return _open_window(context, None if path is None else str(path))


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
    progress: Annotated[
        ProgressStyle, typer.Option(help="How progress is shown.")
    ] = ProgressStyle.RICH,
    restart: Annotated[
        bool, typer.Option("--restart", help="Forget earlier results and start anew.")
    ] = False,
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
    )
    case = folder / f"{recording.stem}.fead"
    request = AnalysisRequest(recording, case, parameters, folder, restart)
    outcome = _supervise(request, progress)
    for remark in outcome.remarks:
        _say(remark)
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

    with _interrupt_sets() as cancelled:
        if scheduler is None:
            run_here(requests, workers, done, cancelled.is_set)
        else:
            run_on_cluster(requests, scheduler, done, cancelled.is_set)
    failed = [result for result in results if result.outcome is None]
    if failed:
        typer.echo(f"{len(results) - len(failed)} of {len(results)} recordings were analysed.")
    return failed[0].exit_code if failed else 0


@app.command()
def export(
    case: Annotated[Path, typer.Argument(help="The case (.fead).", readable=False)],
    to: Annotated[
        str,
        typer.Option(
            help="Formats with commas between: csv, xlsx, json, eaf, textgrid, srt, vtt, chapters, openface, pyfeat."
        ),
    ] = "csv",
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder.")] = Path(),
) -> int:
    """Write a case for other programs: tables, annotations, subtitles, chapters."""
    from fead_desktop.report.interchange.formats import export as export_case
    from fead_desktop.report.interchange.formats import named_formats

    names = named_formats(to)
    with Case.open(case) as opened:
        for path in export_case(opened, names, output):
            typer.echo(str(path))
    return 0


@app.command()
def merge(
    first: Annotated[Path, typer.Argument(help="A case (.fead).", readable=False)],
    second: Annotated[
        Path, typer.Argument(help="Another copy of it, reviewed apart.", readable=False)
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The case to write (.fead).", readable=False)
    ],
) -> int:
    """Join two copies of a case that were reviewed apart; nothing is lost, conflicts are listed."""
    from fead_desktop.case.merge import merge_cases
    from fead_desktop.review.agreement import by_pair, overall

    merged = merge_cases(first, second, output)
    typer.echo(
        f"Taken from '{second}': {merged.verdicts} verdicts, {merged.markers} markers, {merged.ranges} ranges."
    )
    for conflict in merged.conflicts:
        typer.echo(f"Conflict: {conflict}")
    with Case.open(output) as case:
        verdicts = case.marks().verdicts
    together = overall(verdicts)
    if together is not None:
        typer.echo(f"Agreement of {', '.join(together.reviewers)}: {together}.")
    if together is None or len(together.reviewers) > 2:
        for pair in by_pair(verdicts):
            typer.echo(f"Agreement of {' and '.join(pair.reviewers)}: {pair}.")
    return 0


@app.command()
def selftest(
    case: Annotated[Path, typer.Argument(help="The case (.fead).", readable=False)],
    seed: Annotated[int, typer.Option(help="Another seed plants at other places.", min=0)] = 1,
    progress: Annotated[
        ProgressStyle, typer.Option(help="How progress is shown.")
    ] = ProgressStyle.RICH,
) -> int:
    """Plant moments into a case's own recording and tell how many would have been flagged."""
    from fead_desktop.pipeline.supervisor import supervise_selftest

    with _interrupt_sets() as cancelled, _shown_progress(progress) as show:
        supervise_selftest(case, seed, show, cancelled.is_set)
    with Case.open(case) as opened:
        result = opened.selftest
    if result is not None:
        for line in result.lines():
            typer.echo(line)
    return 0


@app.command()
def demo(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The recording to write (.mp4).")
    ] = Path("demo.mp4"),
    seed: Annotated[int, typer.Option(help="Another seed plants other moments.", min=0)] = 1,
) -> int:
    """Make the demo recording with six planted moments, and its truth file beside it."""
    from fead_desktop.models.device import prepare_process
    from fead_desktop.planting.demo import make_demo
    from fead_desktop.report.files import check_writable

    if output.is_dir():
        raise UsageError(f"'{output}' is a folder; name the recording to write in it.")
    check_writable(output.parent)
    prepare_process()
    with logs.native_output_kept_away(), _shown_progress(ProgressStyle.RICH) as show:
        path = make_demo(output, seed=seed, progress=_StageProgress(show))
    typer.echo(str(path))
    typer.echo(str(path.with_suffix(".truth.json")))
    return 0


@app.command()
def doctor() -> int:
    """Say what is installed and how fast this machine is, and what would help."""
    from fead_desktop.models.device import prepare_process

    prepare_process()
    from fead_desktop.pipeline.doctor import check_up

    with logs.native_output_kept_away(), _shown_progress(ProgressStyle.RICH) as show:
        found = check_up(_StageProgress(show))
    for name, fact in found.facts.items():
        typer.echo(f"{name:<24} {fact}")
    for status in found.models:
        typer.echo(f"{status.entry.name:<24} {status.state:<8} {status.remedy}".rstrip())
    for rate in found.rates:
        typer.echo(f"{rate.step:<24} {rate.per_second:.0f} {rate.unit} a second")
    typer.echo(
        f"These steps of a minute of recording (640 x 360, 30 frames a second, one face, 10 of them analysed) take "
        f"{found.seconds_a_minute:.0f} s one after the other; they overlap, and the scoring comes on top."
    )
    for sentence in found.advice:
        typer.echo(sentence)
    return 5 if any(status.state == "damaged" for status in found.models) else 0


@app.command(hidden=True)
def worker() -> int:
    """Run as the child process of an analysis (internal)."""
    from fead_desktop.pipeline.worker import main as run_worker

    return run_worker()


@models_app.command("list")
def models_list() -> int:
    """List the models, where each comes from, and whether it is there."""
    from fead_desktop.models.registry import is_available, registry

    for name, entry in registry().items():
        state = "ready" if is_available(name) else "missing"
        typer.echo(f"{name:<18} {state:<8} {entry.licence:<14} {entry.purpose}")
    return 0


@models_app.command("verify")
def models_verify() -> int:
    """Check the hash of every model that is there."""
    from fead_desktop.models.registry import verify_all

    checked = verify_all()
    for status in checked:
        typer.echo(f"{status.entry.name:<18} {status.state:<8} {status.remedy}".rstrip())
    return 5 if any(status.state == "damaged" for status in checked) else 0


@models_app.command("import")
def models_import(
    name: Annotated[str, typer.Argument(help="Name of the model, see 'fead models list'.")],
    path: Annotated[Path, typer.Argument(help="The file.", readable=False)],
) -> int:
    """Take a model file into the program's own folder, if its hash is right."""
    from fead_desktop.models.registry import import_file

    typer.echo(str(import_file(name, path)))
    return 0


@models_app.command("fetch")
def models_fetch(
    name: Annotated[str, typer.Argument(help="Name of the model, see 'fead models list'.")],
) -> int:
    """Download a model from its source; the only command that uses the network."""
    from fead_desktop.models.download import fetch

    with _shown_progress(ProgressStyle.RICH) as show:
        typer.echo(str(fetch(name, _StageProgress(show))))
    return 0


# Inside -----------------------------------------------------------------------------------------------


class _StageProgress:
    """Progress of a single piece of work, shown like an analysis."""

    def __init__(self, show: Callable[[AnalysisProgress], None]):
        self._show = show

    def report(self, stage: str, done: float, total: float, message: str = "") -> None:
        overall = done / total if total > 0 else 1.0
        self._show(AnalysisProgress(stage, done, total, overall, None, message))

    def raise_if_cancelled(self) -> None:
        return


def _open_window(context: typer.Context, path: str | None) -> int:
    open_window: OpenWindow = context.obj
    return open_window(path)


def _number_of_components(text: str) -> int:
    if text == "auto":
        return 0
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise UsageError("The number of components must be a number from 1 to 100, or auto.")
    return int(text)


def _supervise(request: AnalysisRequest, style: ProgressStyle) -> AnalysisOutcome:
    from fead_desktop.pipeline.supervisor import supervise

    with _interrupt_sets() as cancelled, _shown_progress(style) as show:
        return supervise(request, show, cancelled.is_set)


@contextlib.contextmanager
def _interrupt_sets() -> Iterator[threading.Event]:
    """Let Ctrl-C set an event inside the block."""
    cancelled = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: cancelled.set())
    try:
        yield cancelled
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _shown_progress(style: ProgressStyle) -> Iterator[Callable[[AnalysisProgress], None]]:
    if style is ProgressStyle.RICH and sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
        )
        with Progress(
            *columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True
        ) as bar:
            task = bar.add_task("starting", total=1.0)

            def show(progress: AnalysisProgress) -> None:
                text = progress.message or progress.stage
                bar.update(task, completed=progress.overall, description=text)

            yield show
    elif style is ProgressStyle.JSON:
        yield lambda progress: _say(json.dumps(asdict(progress)))
    else:
        yield lambda _: None


def _print_result(outcome: AnalysisOutcome) -> None:
    from fead_desktop.video.timebase import format_timecode

    with Case.open(outcome.case) as case:
        events, persons = case.events(), case.persons()
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


def _usage_sentence(text: str) -> str:
    plain = text.replace("Value error, ", "").split(", unable to parse")[0].rstrip(".")
    return f"{plain}. Try 'fead --help'."


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201
