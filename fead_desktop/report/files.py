"""Files that are there completely or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fead_desktop.errors import OutputError


def write_atomically(path: Path, data: bytes) -> Path:
    """Write a file under a temporary name and rename it; returns ``path``.

    Raises
    ------
    OutputError
        When the folder is missing rights or space; nothing half-written stays behind.
    """
    with written_atomically(path) as part:
        part.write_bytes(data)
    return path


@contextmanager
def written_atomically(path: Path) -> Iterator[Path]:
    """Give a temporary name to write to; it becomes ``path`` unless the block fails or is cancelled.

    Raises
    ------
    OutputError
        When the folder is missing rights or space; nothing half-written stays behind.
    """
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        _remove(part)


def check_writable(folder: Path) -> None:
    """Make sure that files can be made in ``folder`` before hours are spent on them."""
    probe = folder / ".fead-write-test"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
    except OSError as error:
        raise cannot_write(folder, error) from error
    finally:
        _remove(probe)


def link_or_copy(source: Path, target: Path) -> None:
    """Give ``source`` a second name; a copy where the disk has no hard links."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        try:
            os.link(source, target)
        except OSError:
            target.write_bytes(source.read_bytes())
    except OSError as error:
        raise cannot_write(target, error) from error


def cannot_write(path: Path, error: OSError) -> OutputError:
    """Return the error for an analyst."""
    reason = error.strerror or str(error)
    return OutputError(f"'{path}' can't be written: {reason}. Free space or choose another folder.")


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return
