"""Commands on an evidence package: check that it is as it was written, and repeat its analysis."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fead_desktop.cli.terminal import (
    ProgressStyle,
    StageProgress,
    interrupt_sets,
    shown_progress,
)
from fead_desktop.errors import CancelledError, CaseError

app = typer.Typer()


@app.command()
def verify(
    path: Annotated[
        Path, typer.Argument(help="The evidence package (.zip), or a case (.fead).", readable=False)
    ],
    manifest_hash: Annotated[
        str, typer.Option(help="The manifest hash that was noted elsewhere.")
    ] = "",
    recording: Annotated[
        Path | None, typer.Option(help="The recording, to check it too.", readable=False)
    ] = None,
) -> int:
    """Say what of an evidence package was altered, file by file and log entry by log entry."""
    from fead_desktop.report.verification import verify_case_log, verify_package

    if path.suffix.lower() == ".fead":
        result = verify_case_log(path)
    else:
        with shown_progress(ProgressStyle.RICH) as show:
            result = verify_package(path, manifest_hash, recording, StageProgress(show))
    for line in result.lines():
        typer.echo(line)
    return 0 if result.ok else CaseError.exit_code


@app.command()
def reproduce(
    package: Annotated[Path, typer.Argument(help="The evidence package.", readable=False)],
    recording: Annotated[Path, typer.Option(help="The recording.", readable=False)],
    progress: Annotated[
        ProgressStyle, typer.Option(help="How progress is shown.")
    ] = ProgressStyle.RICH,
) -> int:
    """Analyse the recording again as the package says, and tell how far the results agree."""
    from fead_desktop.pipeline.reproduce import reproduce as run_again

    with interrupt_sets() as cancelled, shown_progress(progress) as show:
        try:
            result = run_again(package, recording, show, cancelled.is_set)
        except CancelledError:
            raise CancelledError("Cancelled; nothing was kept.") from None
    for line in result.lines():
        typer.echo(line)
    return 0 if result.ok else CaseError.exit_code
