"""Fetching weights over the network: only when the analyst asks for it, always verified."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fead_desktop import paths
from fead_desktop.errors import ModelError
from fead_desktop.models import registry
from fead_desktop.progress import NoProgress, Progress

#: Bytes between two progress reports.
_BLOCK = 1 << 18


def fetch(name: str, progress: Progress | None = None) -> Path:
    """Download a model into the program's folder and return its file.

    A download that broke off is continued where the server allows it. The file gets its name only after
    its SHA-256 was found right.

    Raises
    ------
    ModelError
        If the model can't be fetched (no address, no network) or what came is another file.
    OutputError
        If the folder can't be written.
    """
    model = registry.entry(name)
    if registry.is_available(name):
        return registry.locate(name)
    if not model.url:
        registry.locate(name)  # its sentence says what to do instead
    import pooch

    pooch.get_logger().setLevel("WARNING")  # it tells addresses and folders on the terminal
    partial = paths.cache_dir() / f"{model.file}.part"
    try:
        pooch.retrieve(
            model.url,
            known_hash=f"sha256:{model.sha256}",
            fname=partial.name.removesuffix(".part"),
            path=partial.parent,
            downloader=_resuming(partial, model.size_bytes, progress or NoProgress()),
        )
    except ValueError as error:
        partial.unlink(missing_ok=True)
        raise ModelError(
            f"What was downloaded is not the model '{name}' (its SHA-256 differs); nothing was kept."
        ) from error
    except OSError as error:
        raise ModelError(
            f"The model '{name}' could not be fetched from {model.url}; check the network, or import the "
            f"file with 'fead models import {name} PATH'."
        ) from error
    fetched = partial.with_name(model.file)
    try:
        return registry.import_file(name, fetched)
    finally:
        fetched.unlink(missing_ok=True)
        partial.unlink(missing_ok=True)


def _resuming(
    partial: Path, size_bytes: int, progress: Progress
) -> Callable[[str, str, Any], None]:
    """Return pooch's downloader: goes on where ``partial`` ends, then copies it to where pooch wants it."""

    def download(url: str, output_file: str, pooch_object: Any) -> None:  # noqa: ARG001
        import requests

        partial.parent.mkdir(parents=True, exist_ok=True)
        done = partial.stat().st_size if partial.exists() else 0
        if done < size_bytes:
            headers = {"Range": f"bytes={done}-"} if done else {}
            with requests.get(url, headers=headers, stream=True, timeout=30) as response:
                response.raise_for_status()
                # 200 to a range request means the server sends everything again.
                going_on = response.status_code == requests.codes.partial_content
                done = done if going_on else 0
                with partial.open("ab" if going_on else "wb") as out:
                    for block in response.iter_content(_BLOCK):
                        progress.raise_if_cancelled()
                        out.write(block)
                        done += len(block)
                        progress.report("fetch", done, size_bytes, "fetching weights")
        partial.replace(output_file)

    return download
