"""The commands; every one calls what the window calls."""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from fead_desktop import APP_NAME, __version__, logs
from fead_desktop.cli import analysing, cases, evidence, importing, machine, persons
from fead_desktop.cli.terminal import say
from fead_desktop.errors import FeadError, OutputError

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
for group in (analysing, cases, evidence, importing, machine):
    app.add_typer(group.app)
app.add_typer(persons.app, name="persons")


def main(arguments: Sequence[str], *, open_window: OpenWindow) -> int:
    """Run a command and return its exit code; ``open_window`` shows a case or recording.

    Errors end as one sentence on standard error; their traceback goes to the log.
    """
    log_file = logs.start_logging("fead.log")
    try:
        code = app(list(arguments), standalone_mode=False, obj=open_window)
    except FeadError as error:
        logs.logger("cli").info("ended with an error", exc_info=True)
        say(str(error))
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        say("Cancelled.")
        return 130
    except Exception as error:
        if hasattr(error, "format_message") and hasattr(error, "exit_code"):  # click's own
            say(_usage_sentence(error.format_message()))
            return 2
        if isinstance(error, OSError) and error.errno in _UNWRITABLE:
            say(f"The output can't be written: {error.strerror}.")
            return OutputError.exit_code
        logs.logger("cli").exception("unexpected error")
        where = f" The details are in '{log_file}'." if log_file else ""
        say(f"Something unexpected went wrong ({type(error).__name__}).{where}")
        return 1
    if code == 130:  # typer's answer to Ctrl-C
        say("Cancelled.")
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


def _open_window(context: typer.Context, path: str | None) -> int:
    open_window: OpenWindow = context.obj
    return open_window(path)


def _usage_sentence(text: str) -> str:
    plain = text.replace("Value error, ", "").split(", unable to parse")[0].rstrip(".")
    return f"{plain}. Try 'fead --help'."
