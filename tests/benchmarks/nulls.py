"""Flags in series in which nothing happens, over the expected false alarms that were asked for."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

from fead_desktop.anomalies.views import one_face_a_frame
from fead_desktop.case.store import Case
from fead_desktop.features.table import FeatureTable
from tests.benchmarks.table import Figure
from tests.helpers.analyses import analyse
from tests.helpers.data import data_dir
from tests.helpers.nulls import DIALS, KINDS, Flags, flags_of, resampled, simulated, total

#: Minutes of the series of each kind of noise, and of each clip.
SIMULATED_MIN = (20.0, 20.0, 5.0, 5.0)
RESAMPLED_MIN = (10.0, 5.0, 5.0)
#: Clips of one person who moves; a still picture would flag nothing whatever the calibration.
CLIPS = ("WolfgangLanger_Pexels", "liveportrait_d9", "liveportrait_d13", "liveportrait_d19")
DEMO_SEEDS = (1, 2, 3)


def run() -> list[Figure]:
    """Score simulated and resampled series and the demo without planted moments."""
    found: dict[str, Flags] = {
        kind: total([flags_of(simulated(kind, seed, m)) for seed, m in enumerate(SIMULATED_MIN)])
        for kind in KINDS
    }
    clips = dict(_clips())
    by_clip = {
        name: total([flags_of(resampled(table, seed, m)) for seed, m in enumerate(RESAMPLED_MIN)])
        for name, table in clips.items()
    }
    if by_clip:
        found["resampled clips"] = total(list(by_clip.values()))
    everything = total(list(found.values()))
    note = "; ".join(f"{kind}: {flags}" for kind, flags in (found | by_clip).items())
    figures = [
        Figure(
            "detection.null_flags_over_dial",
            max(everything.ratio(dial) for dial in DIALS),
            "x",
            note=f"largest of {everything}. {note}",
        )
    ]
    for dial in DIALS:
        worst = max(found, key=lambda kind: found[kind].ratio(dial))
        figures.append(
            Figure(
                f"detection.null_flags_over_dial_{dial:g}",
                everything.ratio(dial),
                "x",
                ours=everything.count[dial],
                reference=dial * everything.minutes,
                note=f"most {found[worst].ratio(dial):.2f} ({worst})",
            )
        )
    return [*figures, _demo()]


def _clips() -> Iterator[tuple[str, FeatureTable]]:
    """Analyse the shared clips that are there."""
    for name in CLIPS:
        recording = data_dir() / "video" / f"{name}.mp4"
        if recording.exists():
            with tempfile.TemporaryDirectory() as folder:
                analyse(recording, Path(folder))
                with Case.open(Path(folder) / f"{name}.fead") as case:
                    yield name, one_face_a_frame(case.features().of_person(1))


def _demo() -> Figure:
    """Analyse the demo without planted moments."""
    from fead_desktop.planting.demo import make_demo

    counts = []
    for seed in DEMO_SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            recording = Path(folder) / "demo.mp4"
            with patch("fead_desktop.planting.demo.place_moments", return_value=()):
                make_demo(recording, seed=seed)
            summary = analyse(recording, Path(folder) / "out")
            counts.append(sum(event["flagged"] for event in summary["events"]))
    note = ", ".join(
        f"seed {seed}: {count}" for seed, count in zip(DEMO_SEEDS, counts, strict=True)
    )
    return Figure(
        "detection.null_flags_demo", max(counts), "flags", note=f"minute without moments; {note}"
    )
