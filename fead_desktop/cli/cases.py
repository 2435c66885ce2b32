"""Commands on a case that is there: export it, merge its copies, test what it can find."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fead_desktop import logs
from fead_desktop.case.store import Case
from fead_desktop.cli.terminal import (
    ProgressStyle,
    StageProgress,
    interrupt_sets,
    say,
    shown_progress,
)
from fead_desktop.errors import UsageError
from fead_desktop.report.options import OVERLAYS, ReportOptions

app = typer.Typer()


@app.command()
def export(
    case: Annotated[Path, typer.Argument(help="The case (.fead).", readable=False)],
    to: Annotated[
        str,
        typer.Option(
            help="Formats with commas between: html, pdf, clips, stills, evidence, csv, xlsx, json, eaf, textgrid, "
            "srt, vtt, chapters, openface, pyfeat."
        ),
    ] = "csv",
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder.")] = Path(),
    replace_names: Annotated[
        bool,
        typer.Option("--replace-names", help="Replace names of persons, reviewers and files."),
    ] = False,
    events: Annotated[
        str, typer.Option(help="Events of a report: all, confirmed, flagged.")
    ] = "all",
    filter_name: Annotated[
        str, typer.Option("--filter", help="Of these, what a filter saved in the window lets pass.")
    ] = "",
    paper: Annotated[str, typer.Option(help="Paper of a report: a4, letter.")] = "a4",
    no_stills: Annotated[
        bool, typer.Option("--no-stills", help="A report without pictures of the recording.")
    ] = False,
    blur_others: Annotated[
        bool,
        typer.Option("--blur-others", help="Blur every face but that of the person shown."),
    ] = False,
    margin: Annotated[float, typer.Option(help="Seconds of a clip before and after.")] = 1.0,
    speed: Annotated[float, typer.Option(help="Speed of clips; 0.5 = half as fast.")] = 1.0,
    reel: Annotated[bool, typer.Option("--reel", help="All clips as one.")] = False,
    overlays: Annotated[
        str, typer.Option(help="What is burnt into clips, with commas between.")
    ] = ",".join(OVERLAYS),
    recording: Annotated[
        Path | None,
        typer.Option(
            help="Where the recording is now; default: where the case says.", readable=False
        ),
    ] = None,
    progress: Annotated[
        ProgressStyle, typer.Option(help="How progress is shown.")
    ] = ProgressStyle.RICH,
) -> int:
    """Write a case as a report, as films and for other programs: tables, annotations, subtitles."""
    from fead_desktop.report.interchange.formats import export as export_case
    from fead_desktop.report.interchange.formats import named_formats

    names = named_formats(to)
    options = ReportOptions(
        events=events,
        event_filter=_saved_filter(filter_name),
        paper=paper,
        stills=not no_stills,
        blur_others=blur_others,
        replace_names=replace_names,
        clip_margin_s=margin,
        clip_speed=speed,
        clip_reel=reel,
        overlays=tuple(name.strip() for name in overlays.split(",") if name.strip()),
        recording=recording,
    )
    with (
        Case.open(case) as opened,
        interrupt_sets() as cancelled,
        shown_progress(progress) as show,
    ):
        watched = StageProgress(show, cancelled.is_set)
        written = export_case(opened, names, output, options, watched)
    for path in written:
        typer.echo(str(path))
    if "evidence" in names:
        from fead_desktop.report.verification import noted

        say(noted(written))
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
    from fead_desktop.review.controls import on_events

    merged = merge_cases(first, second, output)
    typer.echo(
        f"Taken from '{second}': {merged.verdicts} verdicts, {merged.markers} markers, {merged.ranges} ranges, "
        f"{merged.events} added events, {merged.adjustments} changed borders, {merged.tables} imported tables."
    )
    for conflict in merged.conflicts:
        typer.echo(f"Conflict: {conflict}")
    with Case.open(output) as case:
        marks = case.marks()
    verdicts = on_events(marks.verdicts, marks.controls)
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

    with interrupt_sets() as cancelled, shown_progress(progress) as show:
        supervise_selftest(case, seed, show, cancelled.is_set)
    with Case.open(case) as opened:
        result = opened.selftest
    if result is not None:
        for line in result.lines():
            typer.echo(line)
    return 0


@app.command()
def train(
    case: Annotated[Path, typer.Argument(help="The case (.fead).", readable=False)],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the training copy.", readable=False)
    ],
    seed: Annotated[int, typer.Option(help="Another seed plants other moments.", min=0)] = 1,
    progress: Annotated[
        ProgressStyle, typer.Option(help="How progress is shown.")
    ] = ProgressStyle.RICH,
) -> int:
    """Make a training copy: recording and case anew, with planted moments for reviewers to be tested on."""
    from fead_desktop.models.device import prepare_process
    from fead_desktop.pipeline.protocol import AnalysisRequest
    from fead_desktop.pipeline.supervisor import supervise
    from fead_desktop.report.files import check_writable

    check_writable(output)
    prepare_process()
    from fead_desktop.pipeline.training import note_training, write_training_recording

    made = output / f"{case.stem}-training.fead"
    with interrupt_sets() as cancelled, shown_progress(progress) as show:
        with logs.native_output_kept_away():
            watched = StageProgress(show, cancelled.is_set)
            copy = write_training_recording(
                case, made.with_suffix(".mp4"), seed=seed, progress=watched
            )
        supervise(AnalysisRequest(copy.path, made, copy.parameters), show, cancelled.is_set)
    training = note_training(made, copy)
    typer.echo(
        f"{len(training.planted)} moments were planted; review '{made}' to be told how many you saw."
    )
    return 0


@app.command()
def tune(
    case: Annotated[Path, typer.Argument(help="The case (.fead).", readable=False)],
    progress: Annotated[
        ProgressStyle, typer.Option(help="How progress is shown.")
    ] = ProgressStyle.RICH,
) -> int:
    """Search each detector's parameters for each person, without labels; the lanes to compare with use them."""
    from fead_desktop.pipeline.supervisor import supervise_tune

    with interrupt_sets() as cancelled, shown_progress(progress) as show:
        supervise_tune(case, show, cancelled.is_set)
    with Case.open(case) as opened:
        for number, found in opened.tuning.items():
            for each in found:
                typer.echo(f"person {number}  {each.line()}")
    typer.echo(
        "Analyse the recording again for the lanes to use them; only the scores are made anew."
    )
    return 0


def _saved_filter(name: str) -> str:
    """Return a filter that was saved in the window, as text; empty where none is asked for."""
    from fead_desktop.settings import load_settings

    if not name:
        return ""
    saved = load_settings().filters
    if name not in saved:
        known = ", ".join(saved) or "none was saved yet"
        raise UsageError(f"There is no saved filter '{name}'; saved are: {known}.")
    return saved[name]
