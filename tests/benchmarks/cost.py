"""What fitting and scoring cost beside finding and measuring the faces, for ten minutes of one person."""

from __future__ import annotations

import tempfile
from pathlib import Path

from fead_desktop.case.store import Case
from tests.benchmarks.table import Figure
from tests.benchmarks.throughput import CLIP
from tests.helpers.analyses import analyse
from tests.helpers.data import data_file
from tests.helpers.joined import join_copies

LENGTH_S = 600.0

FACES, SCORING = "faces", ("ranking", "networks", "components", "scores")


def run(length_s: float = LENGTH_S) -> list[Figure]:
    """Analyse copies of the clip, joined, and compare the stages' seconds in that run."""
    with tempfile.TemporaryDirectory() as folder:
        recording = join_copies(data_file(CLIP), Path(folder) / "long.mp4", length_s)
        analyse(recording, Path(folder) / "out")
        with Case.open(Path(folder) / "out" / "long.fead") as case:
            took_s = case.timings
    scoring_s = sum(took_s[stage] for stage in SCORING)
    parts = ", ".join(f"{stage} {took_s[stage]:.1f}" for stage in SCORING)
    return [
        Figure(
            "detection.cost_over_faces", scoring_s / took_s[FACES], "x", scoring_s, took_s[FACES],
            f"s of one run over {length_s:g} s at 10 frames a second: all views and detectors ({parts}), faces",
        )
    ]  # fmt: skip
