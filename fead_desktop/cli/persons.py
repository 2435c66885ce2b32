"""fead persons CASE …: who is who in a case, seen and edited as in the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from fead_desktop.case import person_edits
from fead_desktop.case.edits import Edit
from fead_desktop.case.store import Case
from fead_desktop.cli.terminal import ProgressStyle, interrupt_sets, shown_progress
from fead_desktop.errors import CaseError, OutputError, UsageError
from fead_desktop.features.table import UNASSIGNED
from fead_desktop.persons.roster import IntArray

app = typer.Typer()

Rescore = Annotated[
    bool,
    typer.Option(
        "--rescore/--no-rescore", help="Score the persons again whose faces have changed."
    ),
]
Style = Annotated[ProgressStyle, typer.Option("--progress", help="How progress is shown.")]
Persons = Annotated[list[int], typer.Argument(help="Numbers of persons.")]
Tracks = Annotated[str, typer.Option(help="Numbers of tracks, with commas between.")]
FaceKeys = Annotated[
    str, typer.Option(help="Faces as frame:face, with commas between: 120:0,121:0.")
]
_RICH = ProgressStyle.RICH


@app.callback()
def persons(
    context: typer.Context,
    case: Annotated[Path, typer.Argument(help="The case (.fead).", readable=False)],
) -> None:
    """List or edit the persons of a case; tables and face folders beside it are written anew."""
    context.obj = case


@app.command("list")
def list_persons(context: typer.Context) -> int:
    """List the persons."""
    with Case.open(context.obj) as case:
        _print_persons(case)
    return 0


@app.command()
def rename(
    context: typer.Context,
    person: Annotated[int, typer.Argument(help="Number of the person.")],
    name: Annotated[str, typer.Argument(help='Name; "" takes the given one back.')],
    progress: Style = _RICH,
) -> int:
    """Name a person."""
    return _edit(
        context.obj,
        lambda case: person_edits.rename(case.marks(), case.faces(), person, name),
        rescore=False,
        style=progress,
    )


@app.command()
def merge(
    context: typer.Context, chosen: Persons, rescore: Rescore = True, progress: Style = _RICH
) -> int:
    """Make one person of two or more; the lowest number stays."""
    return _edit(
        context.obj,
        lambda case: person_edits.merge(case.marks(), case.faces(), chosen),
        rescore=rescore,
        style=progress,
    )


@app.command()
def split(
    context: typer.Context,
    person: Annotated[int, typer.Argument(help="Number of the person to split.")],
    tracks: Tracks = "",
    faces: FaceKeys = "",
    part: Annotated[int, typer.Option(help="A part that 'suggest' lists, from 2.", min=0)] = 0,
    rescore: Rescore = True,
    progress: Style = _RICH,
) -> int:
    """Make a new person of some faces of a person."""

    def make(case: Case) -> Edit:
        rows = _part_of(case, person, part) if part else _rows_of(case, tracks, faces)
        mine = rows[case.assignment().person[rows] == person]
        return person_edits.split(case.marks(), case.faces(), mine)

    return _edit(context.obj, make, rescore=rescore, style=progress)


@app.command()
def move(
    context: typer.Context,
    into: Annotated[
        int, typer.Argument(help="Number of the person who gets the faces; 0 = nobody.")
    ],
    tracks: Tracks = "",
    faces: FaceKeys = "",
    rescore: Rescore = True,
    progress: Style = _RICH,
) -> int:
    """Give faces to another person."""
    return _edit(
        context.obj,
        lambda case: person_edits.move(
            case.marks(), case.faces(), _rows_of(case, tracks, faces), into or UNASSIGNED
        ),
        rescore=rescore,
        style=progress,
    )


@app.command()
def ignore(
    context: typer.Context, chosen: Persons, rescore: Rescore = True, progress: Style = _RICH
) -> int:
    """Leave all faces of persons unassigned."""
    return _edit(
        context.obj,
        lambda case: person_edits.ignore(case.marks(), case.faces(), chosen),
        rescore=rescore,
        style=progress,
    )


@app.command()
def reset(context: typer.Context, rescore: Rescore = True, progress: Style = _RICH) -> int:
    """Go back to the persons that the analysis told apart."""
    return _edit(
        context.obj,
        lambda case: person_edits.reset(case.marks(), case.faces()),
        rescore=rescore,
        style=progress,
    )


@app.command()
def suggest(context: typer.Context) -> int:
    """List pairs of persons that may be one, and persons that may be several."""
    from fead_desktop.persons.suggestions import merge_suggestions, split_suggestion

    with Case.open(context.obj) as case:
        table, now = case.features(), case.assignment()
    found = [
        f"merge {pair.one} {pair.other}  {now.name_of(pair.one)} and {now.name_of(pair.other)}: "
        f"similarity {pair.similarity:.2f}"
        for pair in merge_suggestions(table, now.apart)
    ]
    found += [
        f"split {person} --part {number}  {now.name_of(person)}: {len(rows)} faces look like somebody else"
        for person in now.persons
        for number, rows in enumerate(split_suggestion(table, person)[1:], start=2)
    ]
    for line in found or ["No two persons look like one, and none looks like several."]:
        typer.echo(line)
    return 0


def _edit(
    path: Path, make: Callable[[Case], Edit | None], *, rescore: bool, style: ProgressStyle
) -> int:
    from fead_desktop.pipeline.supervisor import supervise_rescore

    with Case.open(path) as case:
        if not case.has_results:
            raise CaseError("There are no persons in this case yet; analyse the recording first.")
        edit = make(case)
        if edit is None:
            typer.echo("Nothing to change.")
            return 0
        case.do(edit)
    if rescore:
        with interrupt_sets() as cancelled, shown_progress(style) as show:
            supervise_rescore(path, show, cancelled.is_set)
    with Case.open(path, check=False) as case:
        _write_outputs(case)
        _print_persons(case)
    return 0


def _write_outputs(case: Case) -> None:
    """Write what an analysis wrote beside the case once more, if it did."""
    from fead_desktop.pipeline.results import check_folder, write_outputs
    from fead_desktop.progress import NoProgress

    folder, recording = case.path.parent, case.recording
    if recording is None or not (folder / "summary.json").is_file():
        return
    try:
        check_folder(folder, recording.sha256)
    except OutputError:
        return  # they are those of another recording
    write_outputs(case, folder, NoProgress())


def _print_persons(case: Case) -> None:
    stale = case.stale_persons()
    events = [event.person for event in case.events()]
    for each in case.persons():
        old = "  scores are out of date" if each.person in stale else ""
        typer.echo(
            f"{each.person}  {each.name}  {_counted(each.faces, 'face')}  {each.screen_time_s:.1f} s on screen  "
            f"{_counted(events.count(each.person), 'event')}{old}"
        )
    unassigned = int((case.assignment().person == UNASSIGNED).sum())
    if unassigned:
        typer.echo(f"{unassigned} faces are unassigned.")
    if case.assignment().problem:
        typer.echo(case.assignment().problem)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _rows_of(case: Case, tracks: str, faces: str) -> IntArray:
    if bool(tracks) == bool(faces):
        raise UsageError("Choose faces by --tracks or by --faces.")
    try:
        if tracks:
            return case.faces().rows_of_tracks(int(text) for text in tracks.split(","))
        pairs = [text.split(":") for text in faces.split(",")]
        return case.faces().rows_of_keys((int(frame), int(face)) for frame, face in pairs)
    except ValueError:
        raise UsageError(
            "Tracks are numbers with commas between; faces are frame:face with commas between."
        ) from None


def _part_of(case: Case, person: int, part: int) -> IntArray:
    from fead_desktop.persons.suggestions import split_suggestion

    parts = split_suggestion(case.features(), person)
    if not 2 <= part <= len(parts):
        raise UsageError(f"There is no part {part} of person {person}; 'suggest' lists them.")
    return parts[part - 1]
