"""argv to window or command line; imports nothing heavy."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the program; returns its exit code."""
    from fead_desktop import cli

    return cli.main(sys.argv[1:], open_window=_open_window)


def _open_window(path: str | None) -> int:
    from fead_desktop.gui import app

    return app.main(path)


if __name__ == "__main__":
    sys.exit(main())
