"""argv to window or command line; imports nothing heavy."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys

from fead_desktop.errors import FeadError, UsageError


def main() -> int:
    """Run the program; returns its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A console that has no sigma, or a file name that is no text, must not end the program.
        if isinstance(stream, io.TextIOWrapper):
            with contextlib.suppress(OSError, ValueError):
                stream.reconfigure(errors="backslashreplace")
    if sys.argv[1:] == [
        "worker"
    ]:  # of an analysis: nobody reads its words, and each start costs what is imported
        from fead_desktop.pipeline import worker

        return worker.main()
    try:
        from fead_desktop import cli

        return cli.main(sys.argv[1:], open_window=_open_window)
    except KeyboardInterrupt:
        return 130


def has_display() -> bool:
    """Tell whether a window could be shown."""
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _open_window(path: str | None) -> int:
    if not has_display():
        raise UsageError(
            "There is no display to open the window on; analyse with 'fead analyze RECORDING'."
        )
    # Nothing that is imported and built until the window is seen is garbage; to look for some takes a fifth of it.
    gc.disable()
    try:
        from fead_desktop.gui import app
    except ImportError as error:
        raise FeadError(
            f"The window can't start, part of Qt is missing ({error}); "
            "the README says which system libraries it needs."
        ) from error
    return app.main(path)


if __name__ == "__main__":
    sys.exit(main())
