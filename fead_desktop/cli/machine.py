"""Commands that ask for no recording: the demo, the check-up of this machine, the models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fead_desktop import logs
from fead_desktop.cli.terminal import ProgressStyle, StageProgress, shown_progress
from fead_desktop.errors import UsageError

app = typer.Typer()
models_app = typer.Typer(help="Pretrained weights: list, import, verify, fetch.")
app.add_typer(models_app, name="models")


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
    with logs.native_output_kept_away(), shown_progress(ProgressStyle.RICH) as show:
        path = make_demo(output, seed=seed, progress=StageProgress(show))
    typer.echo(str(path))
    typer.echo(str(path.with_suffix(".truth.json")))
    return 0


@app.command()
def doctor() -> int:
    """Say what is installed and how fast this machine is, and what would help."""
    from fead_desktop.models.device import prepare_process

    prepare_process()
    from fead_desktop.pipeline.doctor import check_up

    with logs.native_output_kept_away(), shown_progress(ProgressStyle.RICH) as show:
        found = check_up(StageProgress(show))
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

    with shown_progress(ProgressStyle.RICH) as show:
        typer.echo(str(fetch(name, StageProgress(show))))
    return 0
