"""Long recordings against the reference, the steady state against what the models alone would allow, and every frame.

Run as ``python -m tests.benchmarks.steady [SECONDS]`` for shortened recordings.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.benchmarks.table import Figure, write
from tests.benchmarks.throughput import CLIP, analyse, last_line, run_face_stage
from tests.helpers.data import data_file
from tests.helpers.joined import join_copies

LONG_S, REFERENCE_S = 300.0, 60.0

#: Frames of the clip that the models alone look at, and sizes of batches to choose the best of.
FRAMES, BATCHES = 100, (8, 16, 32)


def run(long_s: float = LONG_S, reference_s: float = REFERENCE_S) -> list[Figure]:
    """Measure all three; the long recording is made of copies of the clip."""
    with tempfile.TemporaryDirectory() as name:
        short = join_copies(data_file(CLIP), Path(name) / "short.mp4", reference_s)
        long = join_copies(data_file(CLIP), Path(name) / "long.mp4", long_s)
        return [
            against_reference(long, short, long_s, reference_s),
            ceiling(short),
            every_frame(short),
        ]


def against_reference(long: Path, short: Path, long_s: float, reference_s: float) -> Figure:
    """Return how many times as fast a long recording is analysed as by the reference.

    The reference is timed on a part. What it does with each frame is scaled, loading and UMAP (mostly compiling)
    count once, in its favour.
    """
    ours = analyse(long)["whole"]
    began = time.perf_counter()
    values = last_line("tests.benchmarks.reference", short, dict(os.environ), str(reference_s))
    whole = time.perf_counter() - began - values["warm_up"]
    grows = values["faces"] + values["detector"]
    frames = values["frames"] * long_s / reference_s
    theirs = 1000 * (whole - grows + grows * long_s / reference_s) / frames
    return Figure(
        "throughput.whole_ratio_5min", theirs / ours, "x", ours, theirs,
        f"ms a frame of {long_s:g} s, start of the process to its end; the reference timed on {reference_s:g} s",
    )  # fmt: skip


def ceiling(recording: Path) -> Figure:
    """Return the frames a second of the warm face stage over cores ÷ the models' own CPU seconds a frame."""
    alone = last_line("tests.benchmarks.steady", recording, dict(os.environ), "models")
    cores = len(os.sched_getaffinity(0))
    ceiling_fps, ours_fps = cores / sum(alone.values()), 1000 / run_face_stage(recording)
    parts = ", ".join(f"{name} {1000 * seconds:.1f}" for name, seconds in alone.items())
    return Figure(
        "throughput.ceiling_share", ours_fps / ceiling_fps, "", ours_fps, ceiling_fps,
        f"frames a second of decoding to features; CPU ms a frame alone: {parts}",
    )  # fmt: skip


def every_frame(recording: Path) -> Figure:
    """Return how many times as fast as real time every frame is analysed, counted as if shown at 30 a second."""
    milliseconds = analyse(recording, "--fps", "0")["whole"]
    return Figure(
        "throughput.realtime_factor_every_frame", 1000 / 30 / milliseconds, "x", milliseconds, 1000 / 30,
        "ms a frame from the start of the process to its end, 640x360, one person",
    )  # fmt: skip


def models_alone(recording: Path) -> dict[str, float]:
    """Return the CPU seconds that each model takes for a frame, as often as the stage asks it, at its best batch."""
    from fead_desktop.models.device import prepare_process, torch_threads

    prepare_process()
    from fead_desktop.faces.following import SEARCH_EVERY
    from fead_desktop.faces.hand_watch import hand_share
    from fead_desktop.features.embedding import EMBEDDERS
    from fead_desktop.pipeline.face_stage import FaceStage
    from fead_desktop.pipeline.model_choice import embedder_of
    from fead_desktop.video.decoder import Decoder
    from tests.benchmarks.face_stage import prepared

    with tempfile.TemporaryDirectory() as folder:
        run = prepared(recording, Path(folder) / "a.fead", FRAMES / 10)
        numbers = run.frame_numbers
        pictures = [picture for _, picture in run.decoder.stream(numbers) if picture is not None]
        with Decoder(recording, run.index) as decoder:  # the other one keeps what it decoded
            decode = cpu(lambda: [None for _ in decoder.stream(numbers)], len(numbers))
        finder = run.finder
        boxes = [finder.detector.detect([picture])[0] for picture in pictures]
        meshes = [
            finder.mesh.landmarks(picture, found[0]) if found else None
            for picture, found in zip(pictures, boxes, strict=True)
        ]
        seen = [(p, mesh) for p, mesh in zip(pictures, meshes, strict=True) if mesh is not None]
        search = cpu(lambda: [finder.detector.detect([p]) for p in pictures], len(pictures))
        follows = [(after, mesh) for (_, mesh), (after, _) in pairwise(seen)]
        mesh = cpu(lambda: [finder.mesh.follow(*each) for each in follows], len(follows))
        crop = EMBEDDERS[embedder_of(run.request.parameters)].crop
        crops = [crop(*each) for each in seen]
        with torch_threads(1):
            embed = best(run.embedder.embed, crops)
        emotions = best(
            lambda part: run.classifier.classify(*map(list, zip(*part, strict=True))), seen
        )
        looks: list[Any] = []
        with patch(
            "fead_desktop.faces.hand_watch.hand_share",
            lambda *given: looks.append(given) or hand_share(*given),
        ):
            FaceStage().make(run, 0)
        hands = cpu(lambda: [hand_share(*given) for given in looks], len(numbers))
        run.close()
        run.case.close()
    return {
        "decoding": decode, "search": search / SEARCH_EVERY, "mesh": mesh, "hands": hands,
        "embedding": embed, "emotions": emotions,
    }  # fmt: skip


def best(work: Callable[[list[Any]], object], items: list[Any]) -> float:
    """Return the CPU seconds for one item at the best batch."""
    times = []
    for size in BATCHES:
        parts = [items[k : k + size] for k in range(0, len(items), size)]
        work(parts[0])
        times.append(cpu(partial(list, map(work, parts)), len(items)))
    return min(times)


def cpu(work: Callable[[], object], count: int) -> float:
    """Return the CPU seconds of one of so many."""
    began = time.process_time()
    work()
    return (time.process_time() - began) / count


if __name__ == "__main__":
    if sys.argv[2:] == ["models"]:
        import json

        print(json.dumps(models_alone(Path(sys.argv[1]))))
    else:
        seconds = float(sys.argv[1]) if len(sys.argv) > 1 else LONG_S
        write(run(seconds, min(seconds, REFERENCE_S)))
