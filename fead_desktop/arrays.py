"""Named arrays as bytes, without pickle: what a stage made, as a case keeps it."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

#: numpy reads the head of an array with ``ast.literal_eval``, and Python 3.11 loses count of its recursion where two
#: threads do that at once (CPython issue 106905): "AST constructor recursion depth mismatch".
_READING = threading.Lock()


def arrays_to_bytes(arrays: Mapping[str, Any], *, compressed: bool = True) -> bytes:
    """Serialise named arrays; pictures and the like don't get smaller by compression."""
    buffer = io.BytesIO()
    save = np.savez_compressed if compressed else np.savez
    save(buffer, **{name: np.asarray(values) for name, values in arrays.items()})
    return buffer.getvalue()


def arrays_from_bytes(
    data: bytes, names: Iterable[str] | None = None, *, but: str = ""
) -> dict[str, npt.NDArray[Any]]:
    """Read what :func:`arrays_to_bytes` wrote; a few arrays, or all but one, take a part of the time that all take."""
    with _READING, np.load(io.BytesIO(data), allow_pickle=False) as stored:
        wanted = stored.files if names is None else names
        return {name: stored[name] for name in wanted if name != but}
