"""The worker knows the many ways in which memory runs out; the rest of it is tested with real analyses."""

from __future__ import annotations

import pytest

from fead_desktop.pipeline.worker import wants_memory


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("can't start new thread"),
        ImportError("libtorch_cpu.so: failed to map segment from shared object"),
        OSError(12, "Cannot allocate memory"),
        RuntimeError(
            "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"
        ),
        RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("failed to create XNNPACK runtimeNode number 167"),
    ],
    ids=str,
)
def test_want_of_memory_is_known_by_what_was_said(error: Exception) -> None:
    assert wants_memory(error)


@pytest.mark.parametrize(
    "error",
    [ValueError("memory"), OSError(28, "No space left on device"), RuntimeError("shape")],
    ids=str,
)
def test_other_errors_are_not_taken_for_it(error: Exception) -> None:
    assert not wants_memory(error)
