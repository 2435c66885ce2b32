"""The command that brings another tool's table into a case."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fead_desktop.case.store import Case
from fead_desktop.cli.terminal import say
from fead_desktop.errors import RecordingError

app = typer.Typer()


@app.command("import")
def import_command(
    case: Annotated[Path, typer.Argument(help="The case (.fead).", readable=False)],
    file: Annotated[
        Path, typer.Argument(help="A CSV of OpenFace, py-feat or LibreFace.", readable=False)
    ],
    person: Annotated[
        int | None,
        typer.Option(help="Whose face it shows; default: told by the boxes in the file."),
    ] = None,
    recording: Annotated[
        Path | None,
        typer.Option(
            help="Where the recording is now; default: where the case says.", readable=False
        ),
    ] = None,
) -> int:
    """Bring another tool's measures into a case, matched to the recording's frames and scored."""
    from fead_desktop.case.imported import import_table
    from fead_desktop.video.frame_index import build_frame_index

    with Case.open(case) as opened:
        facts = opened.recording
        place = recording or (None if facts is None else Path(facts.path))
        if place is None or not place.is_file():
            raise RecordingError(
                f"The recording '{place}' is not there; say where it is with --recording."
            )
        stream = None if opened.parameters is None else opened.parameters.video_stream
        done = import_table(opened, file, build_frame_index(place, None, stream), person)
    for remark in done.remarks:
        say(remark)
    typer.echo(done.sentence)
    return 0
