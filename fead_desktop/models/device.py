"""Where the models run: cpu, cuda or mps, how many threads, and what must be set before a heavy import."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from fead_desktop.errors import ModelError, UsageError

DEVICES = ("cpu", "cuda", "mps")

#: Packages that mediapipe and umap try to import for parts nobody here uses (6 s and 770 MB).
UNUSED_PACKAGES = ("tensorflow", "jax")

#: Set unless the user has set them: quiet native logs, no window toolkit, no GPU context for mediapipe
#: (its CPU graphs are the ones that were measured, and a headless machine has none). Waiting threads of torch
#: sleep instead of spinning: beside other busy processes (the window) spinning made it 3 to 30 times slower.
#: OpenBLAS and OpenCV work in the calling thread: their tasks are small here, the stages run side by side, and
#: OpenBLAS's waiting threads took 57,000 turns each in 6 s of the faces stage.
ENVIRONMENT = {
    "GLOG_minloglevel": "2",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "OPENCV_LOG_LEVEL": "ERROR",
    "OPENCV_FOR_THREADS_NUM": "1",
    "MEDIAPIPE_DISABLE_GPU": "1",
    "MPLBACKEND": "Agg",
    "OMP_WAIT_POLICY": "PASSIVE",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTORCH_ENABLE_MPS_FALLBACK": "1",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
}

#: A thread waits half a millisecond at most for Python's lock: the networks' many short calls give it back and want
#: it again, and with the usual 5 ms each would wait that long for a thread of bytecode.
_SWITCH_S = 0.0005

#: New objects after which garbage in cycles is looked for, instead of 700: the models' packages make a million
#: objects that stay, and looking through them again and again took a twentieth of a short analysis.
_COLLECT_AFTER = 100_000

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")


def thread_count() -> int:
    """Return how many threads a model may use: ``FEAD_THREADS`` or the cores this process may run on."""
    wanted = os.environ.get("FEAD_THREADS", "")
    if wanted:
        if not wanted.isdigit() or int(wanted) < 1:
            raise UsageError(f"FEAD_THREADS must be a number of at least 1, not '{wanted}'.")
        return int(wanted)
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def shared_thread_count() -> int:
    """Return how many threads a network may use that runs while others do: half of :func:`thread_count`.

    On two cores a second thread for each only makes them wait for each other.
    """
    return max(1, thread_count() // 2)


def has_native_bfloat16() -> bool:
    """Tell whether the processor multiplies in bfloat16 by itself; elsewhere it would be slower."""
    import torch

    if not hasattr(torch.cpu, "get_capabilities"):
        return False
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


@contextlib.contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Let torch use this many threads inside the block."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def give_memory_back() -> None:
    """Give the system back what was freed; glibc keeps it for later where anything behind it is still in use."""
    with contextlib.suppress(OSError, AttributeError):  # another C library has no such call
        ctypes.CDLL(None).malloc_trim(0)


def prepare_process() -> None:
    """Make this process ready for heavy imports; call it first thing in the worker, once.

    Sets :data:`ENVIRONMENT` and the thread counts where the user has not, and how Python shares its lock and looks
    for garbage.
    """
    sys.setswitchinterval(_SWITCH_S)
    gc.set_threshold(_COLLECT_AFTER)
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    for name in _THREAD_VARIABLES:
        os.environ.setdefault(name, str(thread_count()))


@contextlib.contextmanager
def unused_packages_blocked() -> Iterator[None]:
    """Let the imports of :data:`UNUSED_PACKAGES` fail inside the block only.

    Not for good: scipy looks into ``sys.modules`` for jax and stumbles over the None.
    """
    blocked = [name for name in UNUSED_PACKAGES if name not in sys.modules]
    for name in blocked:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in blocked:
            sys.modules.pop(name, None)


def import_mediapipe() -> ModuleType:
    """Import mediapipe without tensorflow and jax: 0.5 s and 120 MB instead of 6 s and 770 MB."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    with unused_packages_blocked():
        return importlib.import_module("mediapipe")


def mediapipe_file(name: str) -> Path:
    """Return a network of mediapipe's wheel, by its path under ``mediapipe/modules``; imports nothing.

    Raises
    ------
    ModelError
        If mediapipe is missing or is a release that does not carry the file.
    """
    spec = importlib.util.find_spec("mediapipe")
    if spec is not None and spec.submodule_search_locations:
        path = Path(spec.submodule_search_locations[0]) / "modules" / name
        if path.is_file():
            return path
    raise ModelError(
        f"The network {Path(name).name} is missing; install mediapipe 0.10.21, which carries it."
    )


def choose_device() -> str:
    """Return ``cuda``, ``mps`` or ``cpu``: ``FEAD_DEVICE`` if set, else the fastest that torch can use.

    Raises
    ------
    UsageError
        If ``FEAD_DEVICE`` names no device, or one that this machine does not have.
    """
    import torch

    available = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    wanted = os.environ.get("FEAD_DEVICE", "")
    if wanted:
        if wanted not in DEVICES:
            raise UsageError(f"FEAD_DEVICE must be one of {', '.join(DEVICES)}, not '{wanted}'.")
        if not available[wanted]:
            raise UsageError(f"FEAD_DEVICE asks for {wanted}, which this machine can't use.")
        return wanted
    return next(device for device in ("cuda", "mps", "cpu") if available[device])


def configure_torch() -> str:
    """Set torch's threads, ask for repeatable kernels and return the device to put models on."""
    import torch

    torch.set_num_threads(thread_count())
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    return choose_device()
