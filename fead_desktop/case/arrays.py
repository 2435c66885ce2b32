"""Named arrays as bytes: what a stage made, as a case keeps it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt


def arrays_to_bytes(arrays: Mapping[str, Any], *, compressed: bool = True) -> bytes:
    """Serialise named arrays without pickle; pictures and the like don't get smaller by compression."""
    buffer = io.BytesIO()
    save = np.savez_compressed if compressed else np.savez
    save(buffer, **{name: np.asarray(values) for name, values in arrays.items()})
    return buffer.getvalue()


def arrays_from_bytes(data: bytes) -> dict[str, npt.NDArray[Any]]:
    """Read what :func:`arrays_to_bytes` wrote."""
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}
