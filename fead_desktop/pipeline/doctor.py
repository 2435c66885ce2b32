"""What this machine can do: versions, devices, models, the measured rate of each step, and what would help."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from fead_desktop import __version__
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.faces.face import Picture
from fead_desktop.models.registry import ModelStatus, verify_all
from fead_desktop.progress import Progress

PACKAGES = (
    "PySide6", "pyqtgraph", "torch", "facenet-pytorch", "mediapipe", "fer", "umap-learn", "scikit-learn",
    "opencv-contrib-python", "pandas", "numpy", "av",
)  # fmt: skip

#: The picture that is measured with, and for how long each step is repeated.
_SIZE, _FRAMES, _RATE_FPS = (640, 360), 90, 30
_MEASURED_S = 1.0

#: Faces a call, as in an analysis.
_BATCH = 16

#: Less free memory than this is not enough for an analysis beside the window.
_LEAST_FREE_GB = 2.0

STAGE = "measuring"


@dataclass(frozen=True)
class Rate:
    """How many ``unit`` of one step this machine does in a second, on the threads that an analysis uses."""

    step: str
    per_second: float
    unit: str


@dataclass(frozen=True)
class CheckUp:
    """What was found. ``seconds_a_minute``: see :func:`seconds_a_minute`."""

    facts: dict[str, str]
    models: list[ModelStatus]
    rates: list[Rate]
    seconds_a_minute: float
    advice: list[str]


def check_up(progress: Progress) -> CheckUp:
    """Look at the machine and measure it; takes about half a minute.

    Raises
    ------
    ModelError
        If a model that every analysis needs is missing or wrong.
    """
    facts = {**program_facts(), **device_facts()}
    with tempfile.TemporaryDirectory() as folder:
        rates = list(_measure(Path(folder) / "measured.mp4", progress))
    seconds = seconds_a_minute({rate.step: rate.per_second for rate in rates})
    return CheckUp(facts, verify_all(), rates, seconds, advice(seconds, memory_free_gb()))


def program_facts() -> dict[str, str]:
    """Return the program's and its packages' versions by name; imports none of them."""
    found = {"FEAD Desktop": __version__, "Python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "missing"
    return found


def device_facts() -> dict[str, str]:
    """Return what the models run on."""
    from fead_desktop.models.device import choose_device, has_native_bfloat16, thread_count

    free = memory_free_gb()
    return {
        "system": platform.platform(),
        "processor": f"{os.cpu_count()} cores, {thread_count()} used"
        + (", bfloat16" if has_native_bfloat16() else ""),
        "memory free": "unknown" if free is None else f"{free:.1f} GB",
        "device": choose_device(),
    }


def memory_free_gb() -> float | None:
    """Return the memory that could be had without swapping; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    kb = next((int(line.split()[1]) for line in lines if line.startswith("MemAvailable")), None)
    return None if kb is None else kb / 1024**2


def seconds_a_minute(per_second: dict[str, float], rate_fps: float = 10.0) -> float:
    """Return how long the measured steps of a minute of recording with one face take, one after the other.

    On two cores and more they overlap; quality, hands, tracking and the scoring come on top.
    """
    from fead_desktop.faces.following import SEARCH_EVERY

    a_face = sum(1 / per_second[step] for step in ("mesh", "embedding", "emotions"))
    a_frame = a_face + 1 / per_second["face search"] / SEARCH_EVERY
    return 60 * (_RATE_FPS / per_second["decoding"] + rate_fps * a_frame)


def advice(seconds: float, free_gb: float | None) -> list[str]:
    """Return what would make an analysis faster or safer here, a sentence each."""
    from fead_desktop.models.device import choose_device, thread_count

    sentences = []
    cores = os.cpu_count() or 1
    if thread_count() < cores:
        sentences.append(
            f"FEAD_THREADS lets the models use {thread_count()} of {cores} cores; unset it to use all."
        )
    if choose_device() == "cpu" and shutil.which("nvidia-smi"):
        sentences.append(
            "There is an NVIDIA card, but this build of torch can't use it; install torch with CUDA."
        )
    if free_gb is not None and free_gb < _LEAST_FREE_GB:
        sentences.append(f"Only {free_gb:.1f} GB of memory are free; close other programs.")
    if hasattr(os, "getloadavg") and os.getloadavg()[0] > cores:
        sentences.append(
            f"Other programs are busy here (load {os.getloadavg()[0]:.1f} on {cores} cores); the rates are lower "
            "than they could be."
        )
    if seconds > 60:
        sentences.append(
            "Recordings take longer than they last; analyse fewer frames a second (--fps) or only a part "
            "(--start, --end)."
        )
    return sentences


def _measure(path: Path, progress: Progress) -> Iterator[Rate]:
    """Yield the rates of the steps, with the models that ``auto`` picks."""
    from fead_desktop.faces.detector import make_detector
    from fead_desktop.faces.landmarks import FaceMesh
    from fead_desktop.features.embedding import make_embedder
    from fead_desktop.features.emotion import FerClassifier
    from fead_desktop.models.device import shared_thread_count, torch_threads
    from fead_desktop.planting.demo import demo_photograph
    from fead_desktop.video.decoder import Decoder
    from fead_desktop.video.frame_index import build_frame_index
    from fead_desktop.video.writer import VideoWriter

    def report(step: int) -> None:
        progress.raise_if_cancelled()
        progress.report(STAGE, step, 5, "Measuring this machine")

    parameters = AnalysisParameters()
    picture, box = demo_photograph(_SIZE)
    with ExitStack() as stack:
        mesh = stack.enter_context(closing(FaceMesh()))
        landmarks = mesh.landmarks(picture, box)
        if landmarks is None:
            raise RuntimeError("the face mesh sees no face in the photograph")
        report(0)
        with VideoWriter(path, *_SIZE, _RATE_FPS) as writer:
            for shift in range(_FRAMES):
                writer.write(_shaken(picture, shift))
        index = build_frame_index(path)

        def decode() -> None:
            # A decoder keeps frames: only a fresh one decodes all of them.
            with Decoder(path, index) as decoder:
                for _ in decoder.stream(range(_FRAMES)):
                    pass

        yield Rate("decoding", _FRAMES * _per_second(decode), "frames")
        report(1)
        detector = make_detector(parameters.detector)
        yield Rate("face search", _per_second(lambda: detector.detect([picture])), "frames")
        report(2)
        yield Rate("mesh", _per_second(lambda: mesh.follow(picture, landmarks)), "faces")
        report(3)
        embedder = make_embedder(parameters.embedder, _BATCH)
        crops = [embedder.crop(picture, landmarks)] * _BATCH
        with torch_threads(shared_thread_count()):
            yield Rate("embedding", _BATCH * _per_second(lambda: embedder.embed(crops)), "faces")
        report(4)
        classifier = FerClassifier()
        pictures, meshes = [picture] * _BATCH, [landmarks] * _BATCH
        once = _per_second(lambda: classifier.classify(pictures, meshes))
        yield Rate("emotions", _BATCH * once, "faces")
        report(5)


def _shaken(picture: Picture, seed: int) -> Picture:
    """Return the picture as a camera in a hand would show it, so that decoding it costs what it usually does."""
    rng = np.random.default_rng(seed)
    moved = np.roll(picture, rng.integers(-3, 4, 2), axis=(0, 1))
    return np.clip(moved + rng.normal(0, 3, moved.shape), 0, 255).astype(np.uint8)


def _per_second(work: Callable[[], object]) -> float:
    """Return how often a piece of work is done in a second, after a first time that does not count."""
    work()
    began, times = time.perf_counter(), 0
    while (passed := time.perf_counter() - began) < _MEASURED_S or not times:
        work()
        times += 1
    return times / passed
